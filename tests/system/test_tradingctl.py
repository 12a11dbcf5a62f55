"""tradingctl against a running system, against none, and against broken databases."""
import json
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import subprocess

import pytest

from harness import places, soundness, stored
from harness.market import Market
from harness.waiting import wait_until

SYMBOLS = "BTCUSDT,ETHUSDT"


def start_with_ticks(site, history):
    site.market = Market(site, "--symbols", SYMBOLS, "--rate", "2000", "--history", "1d")
    site.set("binance", symbols=SYMBOLS, history=history, **site.market.settings())
    site.supervisor = site.start_stack()
    wait_until(lambda: site.database("ticks").exists()
               and stored.trade_count(site.database("ticks")) > 1000, 30, "1000 ticks")
    return site


@pytest.fixture
def running(site):
    """The whole system on a simulated market, with some ticks stored."""
    return start_with_ticks(site, "1d")


@pytest.fixture
def settled(site):
    """The same without a history, so that nothing is missing from the first tick on."""
    return start_with_ticks(site, "0")


def lines_of(done):
    assert done.returncode == 0, done
    return [json.loads(line) for line in done.stdout.splitlines()]


# ---- reading ----


def test_status_shows_every_process_feed_and_database(running):
    wait_until(lambda: running.tradingctl("status").returncode == 0, 20, "all is well")
    shown = running.tradingctl_json("status")
    assert shown["ok"] is True and shown["faults"] == []
    assert {name: process["state"] for name, process in shown["system"]["processes"].items()} == {
        "logd": "running", "tickd": "running", "analysisd": "running"}
    assert shown["daemons"]["tickd"]["feeds"][0]["state"] == "live"
    text = running.tradingctl("status").stdout
    for word in ("tickd", "analysisd", "logd", "live", "unified_tick_pipeline.db", "all is well"):
        assert word in text, text


def test_status_names_what_is_wrong_and_exits_1(running):
    assert running.market.process.stop() == 0
    wait_until(lambda: running.tradingctl("status").returncode == 1, 10, "the market is missed")
    assert "WRONG: feed binance is " in running.tradingctl("status").stdout


def test_ticks_are_printed_exactly_and_in_order(running):
    rows = lines_of(running.tradingctl("ticks", "BTCUSDT", "--limit", "500", "--json"))
    assert len(rows) == 500
    ids = [row["tick_id"] for row in rows]
    assert ids == list(range(ids[0], ids[0] + 500))
    database = sqlite3.connect(f"file:{running.database('ticks')}?mode=ro", uri=True)
    for row in rows[::50]:
        price, volume = database.execute(
            "SELECT price_e8, volume_e8 FROM unified_ticks WHERE time_us = ? AND tick_id = ?",
            (row["time_us"], row["tick_id"])).fetchone()
        assert int(row["price"].replace(".", "")) == price  # eight places
        assert int(row["volume"].replace(".", "")) == volume
    database.close()


def test_a_range_of_ticks_is_paged_without_loss(running):
    newest = lines_of(running.tradingctl("ticks", "sim:BTCUSDT", "--limit", "1", "--json"))[0]
    first = lines_of(running.tradingctl("ticks", "BTCUSDT", "--from", "2000-01-01", "--limit", "1",
                                        "--json"))[0]
    rows = lines_of(running.tradingctl("ticks", "BTCUSDT", "--from", first["timestamp"], "--to",
                                       newest["timestamp"], "--json"))
    ids = [row["tick_id"] for row in rows]
    assert ids[0] == first["tick_id"] and ids[-1] >= newest["tick_id"]
    assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_followed_ticks_go_on_until_interrupted(running):
    process = running.spawn("follow", [places.program("tradingctl"), "-c", running.file, "ticks",
                                       "BTCUSDT", "--limit", "3", "--follow", "--json"])
    wait_until(lambda: process.text().count("\n") > 200, 20, "200 ticks followed")
    process.signal(signal.SIGINT)
    assert process.wait_exit(5) == 0
    ids = [json.loads(line)["tick_id"] for line in process.text().splitlines()]
    assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_candles_are_those_that_are_stored(running):
    wait_until(lambda: len(lines_of(running.tradingctl("candles", "BTCUSDT", "--json"))) == 20, 20,
               "candles of the history")
    rows = lines_of(running.tradingctl("candles", "BTCUSDT", "--limit", "5", "--json"))
    assert len(rows) == 5
    database = sqlite3.connect(f"file:{running.database('ticks')}?mode=ro", uri=True)
    for row in rows[:4]:  # the last one is still growing
        high, volume = database.execute(
            "SELECT high_e8, volume FROM m5_candles JOIN symbols USING (symbol_id)"
            " WHERE symbol = 'BTCUSDT' AND open_time_us = ?", (row["open_time_us"],)).fetchone()
        assert int(row["high"].replace(".", "")) == high and row["volume"] == volume
    database.close()
    text = running.tradingctl("candles", "BTCUSDT", "--limit", "5").stdout.splitlines()
    assert len(text) == 6 and len({len(line.split()) for line in text[1:]}) == 1


def test_watch_prints_a_line_each_second_and_ends_well_on_interrupt(running):
    process = running.spawn("watch", [places.program("tradingctl"), "-c", running.file, "watch"])
    wait_until(lambda: process.text().count("\n") >= 2, 10, "two lines")
    process.signal(signal.SIGINT)
    assert process.wait_exit(5) == 0
    assert all(re.match(r"\d{4}-.*Z \w+", line) for line in process.text().splitlines())
    assert "BTCUSDT" in process.text()


def test_watch_draws_anew_on_a_terminal_until_ctrl_c(running):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(places.program("tradingctl"),
                  ["tradingctl", "-c", str(running.file), "watch"], running.environment())
    shown = b""
    while shown.count(b"\033[H\033[J") < 2:
        assert select.select([terminal], [], [], 10)[0], shown
        shown += os.read(terminal, 65536)
    os.write(terminal, b"\x03")
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # the terminal's other end is closed
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert b"ticks/s" in shown


# ---- verify ----


@pytest.mark.asan
def test_verify_finds_nothing_wrong_while_everything_runs(running):
    for _ in range(5):
        found = running.tradingctl_json("verify")
        assert found["ok"] is True, found
    assert {symbol["symbol"] for symbol in found["symbols"]} == set(SYMBOLS.split(","))
    assert all(symbol["ids"] == symbol["rows"] > 0 for symbol in found["symbols"])
    assert {entry["integrity_check"] for entry in found["databases"].values()} == {"ok"}


def test_verify_of_one_symbol_leaves_the_others_out(running):
    found = running.tradingctl_json("verify", "ETHUSDT", "--quick")
    assert [symbol["symbol"] for symbol in found["symbols"]] == ["ETHUSDT"]
    assert found["databases"] == {}


@pytest.mark.parametrize("sql, words", [
    ("DELETE FROM unified_ticks WHERE symbol_id = 1 AND tick_id ="
     " (SELECT max(tick_id) - 50 FROM unified_ticks WHERE symbol_id = 1)",
     "are missing and no gap tells of it"),
    ("UPDATE m5_candles SET low_e8 = low_e8 - 1 WHERE origin = 'ticks'", "low is stored as"),
    ("UPDATE m5_candles SET trades = trades + 1 WHERE origin = 'ticks'", "trades is stored as"),
    ("UPDATE symbols SET ticks = ticks + 1", "symbols.ticks says"),
    ("INSERT INTO unified_ticks SELECT symbol_id, time_us + 1, tick_id, price_e8, volume_e8,"
     " bid_e8, ask_e8, flags, trade_count FROM unified_ticks LIMIT 1", "are stored at two times"),
    ("UPDATE symbols SET candles = candles + 1", "symbols.candles says"),
    ("UPDATE symbols SET newest_id = newest_id + 1", "are missing and no gap tells of it"),
    ("INSERT INTO feed_gaps SELECT NULL, symbol_id, newest_id - 3, newest_id - 2, newest_us,"
     " newest_us, newest_us, 'open', NULL, NULL, newest_id - 3, newest_id - 2, newest_us,"
     " newest_us FROM symbols", "is open, but its ids are stored"),
    ("UPDATE symbols SET frozen_us = (newest_us / 300000000 + 1) * 300000000",
     "where all are deleted"),
])
def test_verify_finds_what_was_broken_and_exits_1(running, sql, words):
    assert running.supervisor.stop() == 0
    database = sqlite3.connect(running.database("ticks"))
    with database:
        database.execute(sql)
    database.close()
    found = running.tradingctl_json("verify", statuses=(1,))
    assert found["ok"] is False
    assert any(words in fault for symbol in found["symbols"] for fault in symbol["faults"]), found


def make_gap(site, ids, state, reason=None, of=100):
    """Takes `ids` trades out of the middle of BTCUSDT, as a gap that was opened with `of`."""
    assert site.supervisor.stop() == 0
    database = sqlite3.connect(site.database("ticks"))
    with database:
        newest = database.execute(
            "SELECT newest_id FROM symbols WHERE symbol = 'BTCUSDT'").fetchone()[0]
        first, last = newest - 20 - ids, newest - 21
        symbol_id, from_us, to_us = database.execute(
            "SELECT symbol_id, min(time_us), max(time_us) FROM unified_ticks"
            " JOIN symbols USING (symbol_id) WHERE symbol = 'BTCUSDT'"
            " AND tick_id BETWEEN ? AND ? GROUP BY 1", (first, last)).fetchone()
        database.execute(
            "DELETE FROM unified_ticks WHERE symbol_id = ? AND tick_id BETWEEN ? AND ?",
            (symbol_id, first, last))
        database.execute(
            "INSERT INTO feed_gaps VALUES(NULL, ?1, ?3 - ?8 + 1, ?3, ?4, ?5, ?5, ?6, NULL, ?7,"
            " ?2, ?3, ?4, ?5)", (symbol_id, first, last, from_us, to_us, state, reason, of))
        # No candle of it is compared: the first slot of all that were ever stored.
        database.execute("DELETE FROM m5_candles WHERE symbol_id = ? AND origin = 'ticks'",
                         (symbol_id,))
        slots = database.execute(
            "SELECT time_us / 300000000 * 300000000 FROM unified_ticks WHERE symbol_id = ?"
            " GROUP BY 1", (symbol_id,)).fetchall()
        for slot in slots:
            candle = soundness.fold(database.execute(
                "SELECT time_us, tick_id, price_e8, volume_e8, flags, 1 FROM unified_ticks"
                " WHERE symbol_id = ? AND time_us >= ? AND time_us < ? + 300000000"
                " ORDER BY time_us, tick_id", (symbol_id, *slot, *slot)).fetchall())
            database.execute("INSERT INTO m5_candles VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                             " 'ticks', 0, 0)", (symbol_id, *slot, *candle))
        database.execute(
            "UPDATE symbols SET ticks = (SELECT count(*) FROM unified_ticks t"
            " WHERE t.symbol_id = symbols.symbol_id), candles = (SELECT count(*) FROM m5_candles c"
            " WHERE c.symbol_id = symbols.symbol_id)")
    database.close()
    return first, last


@pytest.mark.parametrize("state, reason, member, kind", [
    ("open", None, "missing_open", "loss"),
    ("filling", None, "missing_open", "loss"),
    ("unfillable", "the exchange has none of them", "missing_unfillable", "unfillable"),
])
def test_verify_tells_what_the_ledger_knows_and_fails_for_it_only_where_asked(
        settled, state, reason, member, kind):
    first, last = make_gap(settled, 40, state, reason)
    found = settled.tradingctl_json("verify")
    btc = next(symbol for symbol in found["symbols"] if symbol["symbol"] == "BTCUSDT")
    assert (found["ok"], found["whole"], btc["whole"], btc[member]) == (True, False, False, 40)
    hole, = btc["holes"]
    assert (hole["kind"], hole["first_id"], hole["last_id"], hole["state"], hole["reason"]) == (
        kind, first, last, state, reason or "")
    assert btc["range_count"] == 2 and btc["ranges"][0]["last_id"] == first - 1
    assert settled.tradingctl("verify", "--whole").returncode == 1
    assert settled.tradingctl("verify", "--whole", "ETHUSDT").returncode == 0
    text = settled.tradingctl("verify").stdout
    assert f"{kind}: {first}-{last} (40 ids)" in text and "not whole" in text, text


def test_verify_reports_a_damaged_page(running):
    assert running.supervisor.stop() == 0
    path = running.database("analysis")
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    root = database.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'analysis_results'").fetchone()[0]
    size = database.execute("PRAGMA page_size").fetchone()[0]
    database.close()
    with open(path, "r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xa5" * size)
    found = running.tradingctl_json("verify", statuses=(1,))
    assert found["databases"]["analysis_data.db"]["faults"], found


# ---- gaps ----


def test_gaps_show_how_far_they_are_filled_whether_tickd_runs_or_not(settled):
    assert settled.tradingctl_json("gaps")["gaps"] == []
    assert "nothing is missing" in settled.tradingctl("gaps").stdout
    first, last = make_gap(settled, 40, "filling")
    shown = settled.tradingctl_json("gaps", "BTCUSDT")
    gap, = shown["gaps"]
    assert (gap["ids"], gap["missing"], gap["filled"], gap["percent"]) == (100, 40, 60, 60.0)
    assert (gap["missing_first_id"], gap["last_id"], gap["state"]) == (first, last, "filling")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", gap["from"])
    total, = shown["totals"]
    assert (total["symbol"], total["missing"], total["filled"]) == ("BTCUSDT", 40, 60)
    assert settled.tradingctl_json("gaps", "ETHUSDT")["gaps"] == []
    text = settled.tradingctl("gaps").stdout
    assert "60/100" in text and "60 of 100 ids filled (60.0 %), 40 to come" in text, text


def test_filled_gaps_are_shown_with_all(settled):
    assert settled.supervisor.stop() == 0
    database = sqlite3.connect(settled.database("ticks"))
    with database:
        database.execute("INSERT INTO feed_gaps SELECT NULL, symbol_id, first_id, first_id + 9,"
                         " 1, 2, 3, 'filled', 4, NULL, NULL, NULL, NULL, NULL FROM symbols")
    database.close()
    assert settled.tradingctl_json("gaps")["gaps"] == []
    rows = settled.tradingctl_json("gaps", "--all")["gaps"]
    assert [(row["symbol"], row["state"], row["percent"]) for row in rows] == [
        (symbol, "filled", 100.0) for symbol in SYMBOLS.split(",")]


def test_followed_gaps_are_shown_each_second_until_interrupted(settled):
    process = settled.spawn("gaps", [places.program("tradingctl"), "-c", settled.file, "gaps",
                                     "--follow", "--json"])
    wait_until(lambda: process.text().count("\n") >= 2, 10, "two looks")
    process.signal(signal.SIGINT)
    assert process.wait_exit(5) == 0
    assert all(json.loads(line)["gaps"] == [] for line in process.text().splitlines())


# ---- the judge of other tests ----


def test_the_harness_tells_whole_from_not_and_ours_from_what_was_said(running):
    soundness.assert_whole(running, SYMBOLS.split(","), timeout=30)
    assert running.supervisor.stop() == 0
    database = running.database("ticks")
    said = {symbol: soundness.said_by(running.market, symbol,
                                      *soundness.range_of(database, symbol))
            for symbol in SYMBOLS.split(",")}
    soundness.check_as_said(running, said)
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("UPDATE unified_ticks SET volume_e8 = volume_e8 + 1 WHERE tick_id ="
                           " (SELECT max(tick_id) - 7 FROM unified_ticks)")
    with pytest.raises(AssertionError, match="instead of"):
        soundness.check_as_said(running, said)
    with connection:
        connection.execute("DELETE FROM unified_ticks WHERE tick_id ="
                           " (SELECT max(tick_id) - 7 FROM unified_ticks)")
    connection.close()
    with pytest.raises(AssertionError, match="1 trades are not stored"):
        soundness.check_as_said(running, said)


# ---- steering ----


def test_restart_gives_a_child_a_new_pid(running):
    before = running.child_pid("analysisd")
    done = running.tradingctl("restart", "analysisd")
    assert done.returncode == 0 and done.stdout == "analysisd is being restarted\n", done
    wait_until(lambda: running.child_pid("analysisd") not in (None, before), 20, "a new analysisd")


def test_stop_returns_when_everything_has_ended(running):
    pids = [running.child_pid(name) for name in ("logd", "tickd", "analysisd")]
    done = running.tradingctl("stop")
    assert done.returncode == 0 and done.stdout == "stopped\n", done
    assert not any(running.is_alive(pid) for pid in pids)
    assert running.supervisor.wait_exit(5) == 0


# ---- refusals ----


@pytest.mark.parametrize("arguments, status, words", [
    (("status",), 69, "nothing is running: no sign of life in"),
    (("ticks", "BTCUSDT"), 69, "does not exist yet: tickd creates it"),
    (("candles", "BTCUSDT"), 69, "does not exist yet: tickd creates it"),
    (("verify",), 69, "does not exist yet: tickd creates it"),
    (("gaps",), 69, "does not exist yet: tickd creates it"),
    (("stop",), 69, "no supervisor is running"),
    (("restart", "tickd"), 69, "no supervisor is running"),
    (("restart", "postgres"), 64, "expected tickd, analysisd or logd"),
    (("ticks",), 64, "usage: tradingctl ticks SYMBOL"),
    (("ticks", "X", "--from", "yesterday"), 64, "expected a time"),
    (("status", "--follow"), 64, "does not take --follow"),
    (("frobnicate",), 64, "no such command"),
    ((), 64, "a command is missing"),
])
def test_a_refusal_is_one_sentence_and_the_right_status(site, arguments, status, words):
    done = site.tradingctl(*arguments)
    assert done.returncode == status, done
    assert words in done.stderr and done.stderr.count("\n") == 1, done
    assert not site.state.exists() and not site.runtime.exists()


def test_an_unknown_symbol_is_answered_with_what_there_is(running):
    done = running.tradingctl("ticks", "btcusdt")
    assert done.returncode == 64
    assert done.stderr == ("tradingctl: btcusdt is unknown; stored are sim:BTCUSDT, "
                           "sim:ETHUSDT\n")
    assert running.tradingctl("gaps", "btcusdt").stderr == done.stderr


def test_a_name_that_two_sources_have_is_refused_with_the_choices(running):
    assert running.supervisor.stop() == 0
    database = sqlite3.connect(running.database("ticks"))
    with database:
        database.execute("INSERT INTO symbols(source, symbol) VALUES('binance', 'BTCUSDT')")
    database.close()
    done = running.tradingctl("candles", "BTCUSDT")
    assert done.returncode == 64
    assert "say which of binance:BTCUSDT, sim:BTCUSDT" in done.stderr
    assert running.tradingctl("candles", "sim:BTCUSDT").returncode == 0


def test_access_creates_nothing_where_nothing_is(site):
    rows = site.tradingctl_json("access")["access"]
    assert {row["access"] for row in rows} == {"absent"}
    assert not site.state.exists()


# ---- the manual and the table of settings ----

SETTING = re.compile(r"^# (?P<help>.+)\n#(?P<name>\w+) = ?(?P<value>.*)$", re.M)


def sample():
    done = subprocess.run([places.program("tradingctl"), "settings", "--sample"],
                          capture_output=True, text=True, check=True)
    return done.stdout


def settings_of_table():
    """{(section, name): default} as the program has them."""
    found = {}
    for part in re.split(r"^(?=#?\[)", sample(), flags=re.M)[1:]:
        section = re.match(r"#?\[([\w.]+)\]", part).group(1)
        for row in SETTING.finditer(part):
            found[section, row["name"]] = row["value"].strip()
    return found


def settings_of_manual():
    """{(section, name): default} as trading.conf(5) tells them."""
    text = (places.ROOT / "doc/trading.conf.5").read_text()
    found = {}
    for part in re.split(r"^\.Ss Section ", text, flags=re.M)[1:]:
        section = part.split()[0]
        for row in re.finditer(r"^\.It Va (\w+)\n\.Pq .*, default (.*)$", part, re.M):
            found[section, row.group(1)] = "" if row.group(2) == "empty" else row.group(2)
    return found


def test_the_manual_names_every_setting_with_its_default():
    table = settings_of_table()
    assert len(table) > 25
    assert settings_of_manual() == table


def test_the_sample_file_is_what_the_program_prints():
    assert (places.ROOT / "doc/trading.conf.sample").read_text() == sample()


def test_the_sample_file_is_good_and_changes_nothing(site):
    site.file.write_text(sample())
    done = site.run("tradingctl", "-c", site.file, "settings", settings=False)
    assert done.returncode == 0, done
    defaults = site.run("tradingctl", "-c", "/dev/null", "settings", settings=False)
    assert done.stdout == defaults.stdout != ""


def test_settings_in_force_can_be_given_back_as_options(site):
    site.set("api", rows=77)
    printed = site.tradingctl("settings").stdout.splitlines()
    assert "api.rows=77" in printed
    options = [word for line in printed for word in ("-o", line)]
    again = site.run("tradingctl", "-c", "/dev/null", *options, "settings", settings=False)
    assert again.stdout.splitlines() == printed
    assert site.tradingctl_json("settings")["api"]["rows"] == "77"


PAGES = sorted(page.name for page in (places.ROOT / "doc").glob("*.[1-8]"))


@pytest.mark.parametrize("page", PAGES)
def test_the_manual_pages_are_well_formed(page):
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    done = subprocess.run(["mandoc", "-Tlint", places.ROOT / "doc" / page], capture_output=True,
                          text=True, check=False)
    # Whether the pages that are referred to are installed is not a matter of this page.
    said = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]
    assert said == []


def test_the_help_and_the_manual_know_the_same_commands():
    shown = subprocess.run([places.program("tradingctl"), "-h"], capture_output=True, text=True,
                           check=True).stdout
    commands = set(re.findall(r"^  (\w+)(?: .*)?\n      \S", shown, re.M))
    manual = (places.ROOT / "doc/tradingctl.1").read_text()
    assert commands == set(re.findall(r"^\.It Cm (\w+)", manual, re.M)) and len(commands) >= 11


def test_another_account_of_metatrader_is_a_section_of_its_own(site):
    site.set("mt5.second", token_file="/t/2.token", aliases="A.r=B")
    told = site.tradingctl_json("settings")
    assert told["mt5.second"] == {
        "token_file": "/t/2.token", "aliases": "A.r=B", "mode": "advise"}
    assert told["mt5"]["source"] == "mt5"
