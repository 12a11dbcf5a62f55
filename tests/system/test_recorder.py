"""[binance] record: what came from the exchange, as it came, readable after any end."""
import re
import time

import pytest

from harness import frames, recordings, stored
from harness.exchange import Exchange
from harness.market import Market
from harness.small_disk import SmallDisk
from harness.waiting import wait_until

NAME = re.compile(r"binance-\d{8}T\d{6}Z(_[2-9])?\.zst")


def record(site, **settings):
    """The folder that the site's tickd records into."""
    folder = site.folder / "raw"
    site.set("binance", record=folder, **settings)
    return folder


def exchange_of(site, sent):
    exchange = Exchange(sent).start()
    site.at_end.append(exchange.stop)
    site.set("binance", symbols=",".join(exchange.trades), **exchange.settings())
    return exchange


def wait_stored(site, exchange):
    count = sum(len(trades) for trades in exchange.trades.values())
    wait_until(lambda: stored.trade_count(site.database("ticks")) >= count, 60, "all is stored")


def recorder(site):
    return site.feed().get("recorder", {})


def stream_frames(folder):
    """The frames without the exchange's answers to what tickd asked of it."""
    return [frame for _, frame in recordings.lines(folder) if frame.startswith('{"stream"')]


@pytest.mark.asan
def test_every_frame_is_recorded_as_it_came_with_its_receive_time(site):
    sent = frames.generated(21, ["BTCUSDT", "ETHUSDT"], 20_000)
    folder = record(site)
    began_ns = time.time_ns()
    exchange = exchange_of(site, sent)
    tickd = site.start("tickd")
    wait_stored(site, exchange)
    assert tickd.stop() == 0
    assert stream_frames(folder) == sent
    times = [time_ns for time_ns, _ in recordings.lines(folder)]
    assert began_ns - 1_000_000 <= times[0] and times[-1] <= time.time_ns()
    assert times == sorted(times)
    assert all(NAME.fullmatch(path.name) for path in recordings.files(folder))
    assert folder.stat().st_mode & 0o777 == 0o750


def test_what_was_recorded_is_played_by_marketsim_and_stored_the_same(site):
    market = Market(site, "--symbols", "BTCUSDT", "--trades", "5000", "--frames-per-second",
                    "5000")
    folder = record(site)
    site.set("binance", symbols="BTCUSDT", **market.settings())
    tickd = site.start("tickd")
    wait_until(lambda: stored.trade_count(site.database("ticks")) >= 5000, 60, "5000 trades")
    assert tickd.stop() == 0
    live = stored.trades(site.database("ticks"), "BTCUSDT")
    played = Market(site, "--capture", *recordings.files(folder), "--speed", "0")
    site.state = site.folder / "s2"
    site.set("paths", state_dir=site.state)
    site.set("binance", record="", **played.settings())
    tickd = site.start("tickd")
    wait_until(lambda: stored.trade_count(site.database("ticks")) >= len(live), 60, "played again")
    assert tickd.stop() == 0
    assert stored.trades(site.database("ticks"), "BTCUSDT") == live


@pytest.mark.asan
def test_after_a_kill_whole_blocks_are_left_and_a_new_file_begins(site):
    sent = frames.generated(22, ["BTCUSDT"], 5_000)
    folder = record(site)
    exchange = exchange_of(site, sent)
    tickd = site.start("tickd")
    wait_stored(site, exchange)
    wait_until(lambda: recorder(site).get("frames", 0) >= len(sent), 10, "all is recorded")
    tickd.kill()
    first = recordings.files(folder)
    before = [path.read_bytes() for path in first]
    assert stream_frames(folder) == sent
    tickd = site.start("tickd")
    wait_until(lambda: recorder(site).get("frames", 0) >= len(sent), 10, "all came again")
    assert tickd.stop() == 0
    assert [path.read_bytes() for path in first] == before
    assert len(recordings.files(folder)) > len(first)
    assert stream_frames(folder) == sent + sent


def test_what_was_recorded_can_be_imported_also_when_its_last_block_is_torn(site):
    sent = frames.generated(23, ["BTCUSDT"], 5_000)
    folder = record(site)
    exchange = exchange_of(site, sent)
    tickd = site.start("tickd")
    wait_stored(site, exchange)
    wait_until(lambda: recorder(site).get("frames", 0) >= len(sent), 10, "all is recorded")
    tickd.kill()
    live = stored.trades(site.database("ticks"), "BTCUSDT")
    packed = recordings.files(folder)[-1]
    site.state = site.folder / "s2"
    site.set("paths", state_dir=site.state).set("retention", ticks="0")
    site.set("binance", record="")
    result = site.tradingctl_json("import", packed)["files"][0]
    assert (result["kind"], result["state"]) == ("recording", "done")
    assert stored.trades(site.database("ticks"), "BTCUSDT") == live
    torn = folder / "binance-20200101T000000Z.zst"
    torn.write_bytes(packed.read_bytes()[:-7])
    site.state = site.folder / "s3"
    site.set("paths", state_dir=site.state)
    done = site.tradingctl("import", torn)
    assert done.returncode == 0, done
    assert "ends in the middle of a block" in done.stderr
    kept = stored.trades(site.database("ticks"), "BTCUSDT")
    assert kept == live[:len(kept)]


def test_recordings_are_rotated_and_the_oldest_go_beyond_the_limit(site):
    market = Market(site, "--symbols", "BTCUSDT", "--rate", "2000")
    folder = record(site, record_rotate="1s", record_limit="64K")
    folder.mkdir()
    (folder / "binance-20200101T000000Z.zst").write_bytes(b"x" * 30_000)
    (folder / "notes.txt").write_bytes(b"x" * 100_000)
    site.set("binance", symbols="BTCUSDT", **market.settings())
    tickd = site.start("tickd")
    wait_until(lambda: not (folder / "binance-20200101T000000Z.zst").exists(), 30, "the old goes")
    seen = set()
    wait_until(lambda: seen.update(recordings.files(folder)) or
               len(seen - set(recordings.files(folder))) >= 2, 30, "two of its own went")
    assert tickd.stop() == 0
    left = recordings.files(folder)
    assert len(left) >= 2 and sum(path.stat().st_size for path in left) <= 65_536
    assert recordings.lines(folder)
    assert (folder / "notes.txt").exists()


@pytest.mark.asan
def test_a_full_disk_costs_the_recording_frames_and_the_database_none(site):
    disk = SmallDisk(site, site.folder / "raw", 4)
    market = Market(site, "--symbols", "BTCUSDT", "--rate", "2000")
    record(site)
    site.set("binance", symbols="BTCUSDT", **market.settings())
    tickd = site.start("tickd")
    wait_until(lambda: recorder(site).get("frames", 0) > 1000, 30, "frames are recorded")
    disk.fill()
    wait_until(lambda: "recording-failing" in tickd.text(), 30, "it is told")
    lost = wait_until(lambda: recorder(site)["lost"], 10, "what is lost is counted")
    wait_until(lambda: recorder(site)["lost"] > lost, 10, "more is lost")
    assert "No space left on device" in tickd.text()
    assert site.status("tickd")["state"] == "running"
    disk.free()
    wait_until(lambda: "recording-well" in tickd.text(), 30, "it is over")
    assert tickd.text().count("recording-failing") == 1
    assert tickd.stop() == 0
    assert recordings.lines(disk.folder)
    database = site.database("ticks")
    assert stored.gaps(database) == []
    ids = [row[0] for row in stored.trades(database, "BTCUSDT")]
    assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_a_folder_that_cannot_be_used_is_a_fault_of_the_settings(site):
    blocker = site.folder / "file"
    blocker.write_text("in the way")
    site.set("binance", record=blocker / "raw")
    refused = site.start("tickd", ready=False)
    assert refused.wait_exit() == 78, refused.text()
    assert str(blocker) in refused.text()
    assert len(refused.text().splitlines()) == 1, refused.text()
