"""Bad input gets one clear sentence and the right exit status; nothing is started, nothing dies."""
import os
import re
import socket
import sqlite3

import pytest

from harness import frames, logs, places, stored
from harness.exchange import Exchange
from harness.market import Market
from harness.waiting import wait_until

DAEMONS = ["tickd", "analysisd", "logd"]
ALL = [*DAEMONS, "trading-supervisor"]
OWNERS = {"tickd": "ticks", "analysisd": "analysis", "logd": "logs"}
USAGE, SYSTEM, TEMPORARY, SETTINGS = 64, 71, 75, 78


def sentence(text):
    """The lines that a person reads, without blank ones."""
    return [line for line in text.splitlines() if line.strip()]


# ---- settings ----

FAULTS = [
    ("binance", "enabled", "perhaps", "yes or no"),
    ("binance", "symbols", "btcusdt", "upper case"),
    ("binance", "stream_url", "stream.binance.com", "URL"),
    ("binance", "silence", "60", "ms, s, m, h or d"),
    ("storage", "wal_limit", "12Q", "K, M or G"),
    ("api", "listen", "8000", "ADDRESS:PORT"),
    ("paths", "state_dir", "here", "absolute path"),
    ("log", "level", "loud", "error, warning"),
]


@pytest.mark.asan
@pytest.mark.parametrize("program", ALL)
@pytest.mark.parametrize("section,name,value,wanted", FAULTS, ids=lambda value: str(value))
def test_a_bad_setting_is_named_with_file_line_and_what_was_expected(
        site, program, section, name, value, wanted):
    site.set(section, **{name: value})
    done = site.run(program)
    line = next(number for number, text in enumerate(site.file.read_text().splitlines(), 1)
                if text.startswith(f"{name} = "))
    said = sentence(done.stderr)
    assert done.returncode == SETTINGS, done
    assert len(said) == 1, said
    assert f"{site.file}:{line}: " in said[0]
    assert f"{section}.{name}" in said[0] and wanted in said[0], said
    assert not site.state.exists() and not site.runtime.exists()


@pytest.mark.parametrize("program", ALL)
def test_an_unknown_setting_and_an_unknown_section_are_each_named(site, program):
    site.set("binance", symbol="BTCUSDT").set("binanse", symbols="BTCUSDT")
    done = site.run(program)
    assert done.returncode == SETTINGS
    assert "binance.symbol" in done.stderr and "binanse" in done.stderr
    assert len(sentence(done.stderr)) == 2
    assert not site.state.exists()


@pytest.mark.parametrize("program", ALL)
def test_a_missing_settings_file_is_named(site, program):
    missing = site.folder / "nowhere.conf"
    done = site.run(program, "-c", missing, settings=False)
    assert done.returncode == SETTINGS
    assert str(missing) in done.stderr and len(sentence(done.stderr)) == 1


@pytest.mark.parametrize("program", ALL)
def test_checking_settings_exits_0_when_they_are_good_and_78_when_not(site, program):
    assert site.run(program, "-n").returncode == 0
    done = site.run(program, "-n", "-o", "storage.batch=many")
    assert done.returncode == SETTINGS
    assert "storage.batch" in done.stderr and "a whole number" in done.stderr
    assert not site.state.exists() and not site.runtime.exists()


@pytest.mark.parametrize("program", [*ALL, "tradingctl", "marketsim"])
def test_an_unknown_option_is_a_usage_error(site, program):
    done = site.run(program, "--no-such-option", settings=False)
    assert done.returncode == USAGE
    assert "usage" in done.stderr.lower() or "--no-such-option" in done.stderr


# ---- frames ----


@pytest.mark.asan
def test_bad_frames_are_counted_and_logged_rarely_and_every_trade_is_stored(site):
    market = Market(site, "--symbols", "BTCUSDT,ETHUSDT", "--trades", "20000",
                    "--frames-per-second", "20000", "--malformed", "0.1", "--unknown", "0.1",
                    "--huge", "0.005")
    site.set("binance", symbols="BTCUSDT,ETHUSDT", **market.settings())
    tickd = site.start("tickd")
    database = site.database("ticks")
    wait_until(lambda: stored.trade_count(database) >= 20_000, 60, "20 000 trades stored")
    feed = wait_until(lambda: site.feed().get("frames", 0) >= 20_000 and site.feed(), 10, "frames")
    assert feed["malformed"] > 500 and feed["unknown"] > 500, feed
    assert stored.gaps(database) == []
    assert len(re.findall(r"malformed|not understood|unknown", tickd.text())) < 100
    assert tickd.stop() == 0
    for symbol in ("BTCUSDT", "ETHUSDT"):
        ids = [row[0] for row in stored.trades(database, symbol)]
        assert ids == list(range(ids[0], ids[0] + len(ids)))


MUTATIONS = [
    b"", b"{", b"null", b"[]", b"\xff\xfe\x00", b'{"stream":1,"data":2}', b"{}" * 30_000,
    b'{"stream":"btcusdt@trade","data":{}}',
    b'{"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT","t":1e3,"p":"1","q":"1","T":1}}',
    b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":-5,"p":"1","q":"1",'
    b'"T":1,"m":true,"M":true}}',
    b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":99999999999999999999,'
    b'"p":"1","q":"1","T":1,"m":true,"M":true}}',
    b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1,"s":"BTCUSDT","t":5,"p":"abc","q":"1",'
    b'"T":1,"m":true,"M":true}}',
    b'{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"99999999999999999","B":"1",'
    b'"a":"1","A":"1"}}',
    b'{"stream":"!serverShutdownX","data":{"e":"whatever"}}',
]


@pytest.mark.asan
def test_malformed_frames_of_every_kind_are_survived(site):
    good = frames.generated(11, ["BTCUSDT"], 4_000)
    sent = []
    for number, frame in enumerate(good):
        sent.append(frame)
        sent.append(MUTATIONS[number % len(MUTATIONS)].decode("latin-1"))
    exchange = Exchange(good).start()
    exchange.frames = sent
    site.at_end.append(exchange.stop)
    site.set("binance", **exchange.settings())
    tickd = site.start("tickd")
    database = site.database("ticks")
    trades = exchange.trades["BTCUSDT"]
    wait_until(lambda: stored.trade_count(database) >= len(trades), 60, "all trades stored")
    wait_until(lambda: site.feed().get("malformed", 0) > 1000, 10, "they are counted")
    assert tickd.stop() == 0
    assert stored.trades(database, "BTCUSDT") == [trade.row() for trade in trades]
    assert os.path.getsize(tickd.log) < 100_000


def test_a_trade_of_a_symbol_that_the_settings_do_not_name_is_counted_and_not_stored(site):
    sent = frames.generated(12, ["BTCUSDT", "ETHUSDT"], 4_000)
    exchange = Exchange(sent).start()
    site.at_end.append(exchange.stop)
    site.set("binance", symbols="ETHUSDT", **exchange.settings())
    tickd = site.start("tickd")
    database = site.database("ticks")
    trades = exchange.trades["ETHUSDT"]
    wait_until(lambda: stored.trade_count(database) >= len(trades), 60, "all of ETHUSDT stored")
    wait_until(lambda: site.feed().get("foreign", 0) > 1000, 10, "the others are counted")
    assert tickd.stop() == 0
    assert stored.trade_count(database) == len(trades)
    assert stored.rows(database, "SELECT symbol FROM symbols") == [("ETHUSDT",)]


# ---- requests ----


def test_an_unknown_symbol_is_answered_404_with_a_json_error(site):
    market = Market(site, "--symbols", "BTCUSDT")
    site.set("binance", symbols="BTCUSDT", **market.settings())
    site.start_stack()
    site.wait_serving()
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 0, 30, "trades stored")
    wait_until(lambda: site.get("/api/v1/ticks/BTCUSDT")[0] == 200, 10, "ticks are served")
    for path in ("/market-data/NOSUCH", "/api/v1/ticks/NOSUCH", "/api/v1/candles/NOSUCH/M5"):
        status, answer = site.get(path)
        assert status == 404, (path, answer)
        assert answer["error"]["code"] and answer["error"]["message"], (path, answer)


# ---- databases ----


@pytest.mark.parametrize("program", DAEMONS)
def test_a_database_of_a_newer_schema_is_refused_with_both_numbers(site, program):
    site.set("binance", enabled="no")
    database = site.database(OWNERS[program])
    assert site.start(program).stop() == 0
    with sqlite3.connect(database) as connection:
        ours = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("PRAGMA user_version=4711")
    refused = site.start(program, ready=False)
    assert refused.wait_exit() == SETTINGS
    said = refused.text()
    assert "4711" in said and re.search(rf"\b{ours}\b", said) and database.name in said
    assert stored.value(database, "PRAGMA user_version") == 4711


@pytest.mark.parametrize("program", DAEMONS)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(site, program):
    database = site.database(OWNERS[program])
    database.parent.mkdir(parents=True)
    database.write_bytes(b"not a database at all, and longer than the header of one " * 4)
    before = database.read_bytes()
    refused = site.start(program, "-o", "binance.enabled=no", ready=False)
    assert refused.wait_exit() not in (0, -6, -11)
    assert database.name in refused.text()
    assert database.read_bytes() == before


# ---- what another holds ----


@pytest.mark.parametrize("program", ALL)
def test_a_second_instance_is_refused_with_the_pid_of_the_first(site, program):
    site.set("binance", enabled="no")
    first = site.start(program)
    second = site.start(program, ready=False)
    assert second.wait_exit() == TEMPORARY, second.text()
    said = [line for line in sentence(second.text()) if str(first.pid) in line]
    assert len(said) == 1, second.text()
    assert first.running()
    assert site.status(program).get("pid", first.pid) == first.pid
    assert first.stop() == 0


def test_a_port_in_use_is_named_with_its_address(site):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", site.port))
        holder.listen()
        logd = site.start("logd", ready=False)
        assert logd.wait_exit() == TEMPORARY, logd.text()
    said = [line for line in sentence(logd.text()) if f"127.0.0.1:{site.port}" in line]
    assert said and "use" in said[0], logd.text()


@pytest.mark.parametrize("program", ALL)
def test_a_state_directory_below_a_file_is_refused_in_one_sentence(site, program):
    blocker = site.folder / "file"
    blocker.write_text("in the way")
    site.set("paths", state_dir=blocker / "state", runtime_dir=blocker / "run")
    refused = site.start(program, ready=False)
    assert refused.wait_exit() == SYSTEM, refused.text()
    assert str(blocker) in refused.text()
    assert len(sentence(refused.text())) <= 2, refused.text()
    assert blocker.read_text() == "in the way"


@pytest.mark.parametrize("program", ALL)
def test_a_directory_without_permission_is_refused_in_one_sentence(site, program):
    if os.geteuid() != 0:
        wrapper = []
        site.state.mkdir(mode=0o555)
        site.runtime.mkdir(mode=0o555)
    else:  # permissions do not bind root: run as nobody, who may read the settings only
        wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        site.folder.chmod(0o755)
        site.state.mkdir(mode=0o755)
        site.runtime.mkdir(mode=0o755)
        probe = site.spawn("probe", [*wrapper, "test", "-x", places.program(program)])
        if probe.wait_exit() != 0:
            pytest.skip(f"nobody may not run {places.program(program)}")
    site.write_settings()
    refused = site.spawn(program, [*wrapper, places.program(program), "-c", site.file])
    assert refused.wait_exit() == SYSTEM, refused.text()
    assert re.search("[Pp]ermission denied", refused.text()), refused.text()
    assert str(site.folder) in refused.text()
    assert list(site.state.iterdir()) == []


def test_an_error_of_one_daemon_is_not_repeated_by_a_loop_of_restarts(site):
    """Exit 78 of a child is final until someone mends the settings: it is published as failed."""
    site.set("binance", enabled="no")
    assert site.start("tickd").stop() == 0
    with sqlite3.connect(site.database("ticks")) as connection:
        connection.execute("PRAGMA user_version=4711")
    supervisor = site.start("trading-supervisor", ready=False)

    def states():
        shown = site.shared_memory().get("processes", {})
        if isinstance(shown, list):
            shown = {process["name"]: process for process in shown}
        return {name: process["state"] for name, process in shown.items()}

    wait_until(lambda: states().get("tickd") == "failed", 30, "tickd is published as failed")
    wait_until(lambda: site.child_pid("logd"), 20, "logd runs all the same")
    assert supervisor.text().count("4711") <= 2, logs.tail(supervisor.log)
    assert supervisor.stop() == 0


def test_databases_are_never_created_by_those_who_read_them(site):
    site.set("binance", enabled="no")
    analysisd, logd = site.start("analysisd", ready=False), site.start("logd")
    wait_until(lambda: site.database("logs").exists(), 20, "logd made its own database")
    done = site.tradingctl("ticks", "BTCUSDT")
    assert done.returncode != 0 and "does not exist" in done.stderr, done
    assert not site.database("ticks").exists()
    assert sorted(path.name for path in site.state.iterdir()) == ["analysisd", "logd"]
    assert analysisd.stop() == 0 and logd.stop() == 0
