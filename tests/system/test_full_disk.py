"""A disk that is full or refuses: nobody dies, nothing stored is wrong, and it passes by itself."""
import re
import subprocess

import pytest

from harness import soundness, stored
from harness.market import Market
from harness.small_disk import SmallDisk
from harness.waiting import wait_until

SYMBOLS = "BTCUSDT,ETHUSDT"


# ---- what is looked at ----

def market_for(site, *options):
    market = Market(site, "--symbols", SYMBOLS, *(options or ("--rate", "10000")))
    # A ring that is full within two seconds, a socket that is soon given up, a log of few MB.
    site.set("binance", symbols=SYMBOLS, pause_limit="1s", **market.settings())
    site.set("storage", ring="16384", wal_limit="4M")


def count(site):
    return stored.trade_count(site.database("ticks"))


def wait_more(site, more=2000):
    start = count(site)
    wait_until(lambda: count(site) >= start + more, 30, f"{more} more trades")


def wait_state(site, child, state):
    wait_until(lambda: site.status(child).get("state") == state, 30, f"{child} is {state}")


def said(process, event):
    """How many lines of the log tell of the event."""
    return len(re.findall(rf"\b{event}\b", process.text()))


def wait_health(site, code):
    wait_until(lambda: site.get("/health")[0] == code, 30, f"/health answers {code}")


def wait_looks(site, child, looks):
    """Until the daemon has shown its figures so many times more."""
    seen = {site.status(child)["updated_us"]}
    wait_until(lambda: seen.add(site.status(child)["updated_us"]) or len(seen) > looks, 30,
               f"{looks} new figures of {child}")


def wait_not_reading(site):
    wait_until(lambda: site.feed()["state"] == "paused", 30, "the feed is paused")
    wait_looks(site, "tickd", 2)  # the socket that was paused is closed
    frames = site.feed()["frames"]
    wait_looks(site, "tickd", 2)
    assert site.feed()["frames"] == frames


def check_failing(site, process):
    """tickd lives, says once what is wrong, reads nothing more and loses nothing it has."""
    wait_until(lambda: said(process, "storage-failing") > 0, 60, "the failure is told")
    wait_until(lambda: "storage failing" in site.status("tickd")["status"], 10, "STATUS says it")
    assert site.status("tickd")["state"] == "degraded"
    wait_not_reading(site)
    before = count(site)
    failures = site.status("tickd")["databases"]["main_db"]["failures"]
    wait_until(lambda: site.status("tickd")["databases"]["main_db"]["failures"] >= failures + 2,
               30, "it is tried again")
    assert said(process, "storage-failing") == 1, process.text()
    assert said(process, "storage-well") == 0
    assert count(site) == before


def check_well_again(site, process):
    wait_until(lambda: said(process, "storage-well") == 1, 30, "it is told that it is over")
    wait_state(site, "tickd", "running")
    wait_more(site)
    assert said(process, "storage-failing") == 1, process.text()


def check_nothing_wrong(site):
    """What is stored is right, and what is missing is known."""
    for symbol in site.tradingctl_json("verify", statuses=(0, 1))["symbols"]:
        assert symbol["fault_count"] == 0 and symbol["missing_unknown"] == 0, symbol


def check_hole(site):
    """What came while nothing was read stands in the ledger."""
    wait_until(lambda: {gap[0] for gap in stored.gaps(site.database("ticks"))}
               == set(SYMBOLS.split(",")), 30, "a gap of each symbol")


# ---- tickd ----

@pytest.mark.asan
def test_tickd_waits_for_a_full_disk_and_goes_on_when_there_is_room_again(site):
    disk = SmallDisk(site, site.state / "tickd", 64)
    market_for(site)
    supervisor = site.start_stack()
    site.wait_serving()
    wait_more(site)
    wait_health(site, 200)
    pid = site.child_pid("tickd")
    disk.fill()
    check_failing(site, supervisor)
    wait_health(site, 503)
    assert site.get("/api/v1/ticks/BTCUSDT?limit=10")[0] == 200
    assert site.tradingctl("ticks", "BTCUSDT").returncode == 0
    disk.free()
    check_well_again(site, supervisor)
    wait_health(site, 200)
    assert site.child_pid("tickd") == pid
    check_hole(site)
    check_nothing_wrong(site)
    assert supervisor.stop() == 0
    soundness.check(site)


def test_the_hole_of_a_full_disk_is_filled_from_the_exchange(site):
    disk = SmallDisk(site, site.state / "tickd", 64)
    market_for(site, "--rate", "3000")
    tickd = site.start("tickd")
    if "backfill" not in wait_until(site.feed, 10, "figures of the feed"):
        pytest.skip("this tickd fills no gaps")
    wait_more(site)
    disk.fill()
    check_failing(site, tickd)
    disk.free()
    check_well_again(site, tickd)
    check_hole(site)
    wait_until(lambda: {gap[3] for gap in stored.gaps(site.database("ticks"))} == {"filled"}, 60,
               "all gaps are filled")
    assert site.tradingctl_json("verify")["ok"] is True
    assert tickd.stop() == 0
    soundness.check(site)


def test_what_waits_for_a_full_disk_when_tickd_ends_is_missing_but_known(site):
    """The batch and the ring cannot be kept: the next start finds the hole by its ids."""
    disk = SmallDisk(site, site.state / "tickd", 64)
    market_for(site)
    tickd = site.start("tickd")
    wait_more(site)
    disk.fill()
    check_failing(site, tickd)
    assert tickd.stop() == 0
    assert said(tickd, "ticks-not-stored") == 1
    disk.free()
    tickd = site.start("tickd")
    wait_more(site)
    check_hole(site)
    check_nothing_wrong(site)
    assert tickd.stop() == 0
    soundness.check(site)


def test_a_start_on_a_full_disk_is_refused_in_one_sentence_and_tried_again(site):
    disk = SmallDisk(site, site.state / "tickd", 64)
    market_for(site)
    disk.fill()
    supervisor = site.start("trading-supervisor", ready=False)
    wait_until(lambda: said(supervisor, "start-failed") > 1, 30, "two starts")
    assert "No space left on device" in supervisor.text()
    disk.free()
    wait_until(lambda: count(site) > 2000, 30, "trades are stored")
    assert supervisor.stop() == 0
    soundness.check(site)


def limit_files(process, size):
    """Writes beyond `size` fail with EFBIG, which SQLite takes for an I/O error."""
    subprocess.run(["prlimit", "--pid", str(process.pid), f"--fsize={size}:"], check=True)


@pytest.mark.asan
def test_tickd_waits_out_io_errors_and_goes_on_when_they_are_over(site):
    market_for(site)
    tickd = site.start("tickd", wrapper=["env", "--ignore-signal=XFSZ"])
    wait_more(site)
    limit_files(tickd, 100_000)
    check_failing(site, tickd)
    assert "I/O" in tickd.text()
    assert site.tradingctl("ticks", "BTCUSDT").returncode == 0
    limit_files(tickd, "unlimited")
    check_well_again(site, tickd)
    check_hole(site)
    check_nothing_wrong(site)
    assert tickd.stop() == 0
    soundness.check(site)


# ---- logd ----

@pytest.mark.asan
def test_logd_answers_on_a_full_disk_says_so_and_logs_again_when_there_is_room(site):
    disk = SmallDisk(site, site.state / "logd", 16)
    market_for(site, "--rate", "100")
    supervisor = site.start_stack()
    site.wait_serving()
    wait_health(site, 200)
    pid = site.child_pid("logd")
    disk.fill()
    # The log grows inside the space it has before it asks the disk for more.
    wait_until(lambda: site.get("/api/v1/ticks/BTCUSDT?limit=1") and
               said(supervisor, "log-not-written") > 0, 60, "the full disk is told")
    wait_state(site, "logd", "degraded")
    wait_health(site, 503)
    component = site.get("/health")[1]["components"]["logd"]
    assert component["ok"] is False and component["status"] == "degraded", component
    assert site.get("/api/v1/ticks/BTCUSDT")[0] == 200
    assert site.tradingctl_json("status", statuses=(0, 1))
    disk.free()
    wait_until(lambda: said(supervisor, "log-written-again") == 1, 30, "it is over")
    wait_health(site, 200)
    wait_state(site, "logd", "running")
    figures = site.status("logd")["log"]
    assert figures["lost"] == 0 and site.child_pid("logd") == pid
    assert said(supervisor, "log-not-written") == 1
    assert supervisor.stop() == 0
    rows = stored.value(site.database("logs"), "SELECT (SELECT count(*) FROM api_logs)"
                        " + (SELECT count(*) FROM system_health)")
    assert rows >= figures["written"]
    soundness.check(site)


# ---- analysisd ----

@pytest.mark.asan
def test_analysisd_waits_for_a_full_disk_and_goes_on_when_there_is_room_again(site):
    disk = SmallDisk(site, site.state / "analysisd", 16)
    market_for(site, "--rate", "20", "--speed", "300")
    supervisor = site.start_stack()
    database = site.database("analysis")

    def results():
        return stored.value(database, "SELECT count(*) FROM analysis_results") or 0

    wait_until(lambda: results() > 0, 60, "results")
    site.wait_serving()
    pid = site.child_pid("analysisd")
    disk.fill()
    wait_until(lambda: said(supervisor, "analysis-stopped") > 0, 60, "the full disk is told")
    wait_state(site, "analysisd", "degraded")
    assert "full" in site.status("analysisd")["status"]
    wait_health(site, 503)
    before = results()
    wait_looks(site, "analysisd", 3)
    assert results() == before
    disk.free()
    wait_until(lambda: said(supervisor, "analysis-goes-on") > 0, 30, "it is over")
    wait_state(site, "analysisd", "running")
    wait_until(lambda: results() > before, 30, "results again")
    assert site.child_pid("analysisd") == pid
    assert supervisor.stop() == 0
    soundness.check(site)
