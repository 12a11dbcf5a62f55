"""tradingctl dtms, actions and analysis, on databases that the test fills in the writers' place."""
import json
import socket
import sqlite3
import subprocess
import threading
import time

import pytest

from harness import places

pytestmark = pytest.mark.asan

START = 1_700_000_100_000_000  # 2023-11-14T22:15:00Z, the open of an M5 slot
MINUTE = 60_000_000
NOW = START + 60 * MINUTE + 250_000  # the source's clock

SIGNALS = {
    "structure": (-3, 3.0, 0.7, -6.3, False, "BOS against"),
    "vwap_volume": (0, 2.0, 1.3, 0.0, True, ""),
    "momentum": (-2, 2.0, 1.0, -4.0, False, "RSI falling"),
    "ema_alignment": (1, 1.5, 0.8, 1.2, False, "both with"),
    "delta_pressure": (0, 1.0, 1.2, 0.0, True, ""),
    "candle_conviction": (0, 1.0, 1.1, 0.0, False, ""),
}
SCORE = -9.1
MARKET = {
    "price": 1990.5, "bid": 1990.5, "ask": 1990.75, "spread": 0.25, "spread_median": 0.2,
    "vwap": 1995.25, "vwap_slope": -0.002, "vwap_threshold": 0.001, "vwap_cross_count": 2,
    "atr": 4.5, "regime": {"session": "NewYork", "volatility": "NORMAL", "structure": "RANGE"},
    "flow": None, "m5_end_us": START + 55 * MINUTE, "m15_end_us": START + 45 * MINUTE,
    "signals": {name: dict(zip(("raw", "weight", "multiplier", "score", "missing", "detail"), row))
                for name, row in SIGNALS.items()},
}
TRADE = {
    "account": "demo", "ticket": 1001, "registered_us": START, "source": "mt5",
    "symbol": "XAUUSD", "direction": "BUY", "origin": "venue", "entry_price_e8": 200050000000,
    "initial_volume_e8": 100000000, "current_volume_e8": 50000000, "closed_volume_e8": 50000000,
    "stop_loss_e8": 199000000000, "take_profit_e8": None, "initial_stop_loss_e8": 198000000000,
    "hedge_ticket": None, "hedge_volume_e8": None, "hedge_lost": 0, "state": "HEALTHY",
    "state_since_us": START, "score": None, "flat_deadline_us": None,
    "recovery_deadline_us": None, "vwap_cross_count": 0, "vwap_flip": 0,
    "vwap_counted_us": None, "last_deep_time_us": None, "last_deep_price_e8": None,
    "close_attempts": 0, "closing_since_us": None, "stale": 0, "closed_us": None,
    "closed_reason": None,
}
HEDGED = TRADE | {
    "state": "HEDGED", "state_since_us": START + 45 * MINUTE, "score": SCORE,
    "flat_deadline_us": START + 120 * MINUTE, "hedge_ticket": 2001,
    "hedge_volume_e8": 25000000, "vwap_cross_count": 2, "vwap_flip": -1,
    "last_deep_time_us": START + 45 * MINUTE, "last_deep_price_e8": 199050000000,
}
SELLER = TRADE | {"ticket": 1002, "direction": "SELL", "stale": 1}
OTHER = TRADE | {"account": "other"}
GONE = TRADE | {"ticket": 1003, "symbol": "EURUSD", "state": "CLOSED", "closed_us": START + MINUTE,
                "state_since_us": START + MINUTE, "closed_reason": "tp"}
CHECKS = [(30, "interval", "WARNING_L1", "WARNING_L2", "score -5.00 <= -4", -5.0, "{}"),
          (40, "interval", "WARNING_L2", "WARNING_L2", "score -5.50: nothing to do", -5.5, "{}"),
          (45, "move", "WARNING_L2", "HEDGED", "score -9.10 <= -6", SCORE, json.dumps(MARKET))]
ACTIONS = [(30, "partial_close", "WARNING_L1", "WARNING_L2", "execute", "done", None),
           (30, "move_sl_breakeven", "WARNING_L1", "WARNING_L2", "execute", "skipped",
            "a stop at 2000.5 is not below the price 1999"),
           (45, "open_hedge", "WARNING_L2", "HEDGED", "execute", "failed", "no money")]


def insert(database, table, row):
    database.execute(f"INSERT INTO {table}({', '.join(row)}) VALUES({', '.join('?' * len(row))})",
                     list(row.values()))


def fnv1a(text):
    value = 14695981039346656037
    for byte in text.encode():
        value = (value ^ byte) * 1099511628211 % 2**64
    return value


def insert_action(database, trade, minute, kind, before, after, mode, status, error):
    time_us = START + minute * MINUTE
    name = f"{trade['account']}/{trade['ticket']}/{before}>{after}/{time_us}/{kind}"
    insert(database, "dtms_actions", {
        "action_id": name, "token": f"tdm{fnv1a(name):016x}", "account": trade["account"],
        "ticket": trade["ticket"], "registered_us": trade["registered_us"],
        "source": trade["source"], "symbol": trade["symbol"], "action_type": kind,
        "parameters": json.dumps({"volume": "0.25"}), "reason": "worse", "state_from": before,
        "state_to": after, "score_before": -5, "score_after": -6, "market": "{}", "mode": mode,
        "status": status, "error": error, "time_us": time_us, "expires_us": time_us + MINUTE,
        "created_us": time_us})


def insert_check(database, trade, minute, cause, before, after, reason, score, market):
    insert(database, "dtms_checks", {
        "account": trade["account"], "ticket": trade["ticket"],
        "registered_us": trade["registered_us"], "time_us": START + minute * MINUTE,
        "source": trade["source"], "cause": cause, "state_from": before, "state_to": after, "reason": reason,
        "score": score, "market": market})


def write(site, which, action):
    """Runs action(database) as the writer of a database that a daemon has made before."""
    database = sqlite3.connect(site.database(which))
    with database:
        action(database)
    database.close()


def make_database(site):
    """analysis_data.db as analysisd makes it, empty."""
    site.set("binance", enabled="no")
    assert site.start("analysisd").stop() == 0


@pytest.fixture
def empty(site):
    make_database(site)
    return site


@pytest.fixture
def watched(empty):
    """Three open trades, one that was closed, checks and actions; and the prices of now."""
    def fill(database):
        for trade in (HEDGED, SELLER, OTHER, GONE):
            insert(database, "dtms_trades", trade)
        for check in CHECKS:
            insert_check(database, HEDGED, *check)
        for action in ACTIONS:
            insert_action(database, HEDGED, *action)
        insert(database, "dtms_adopted", {
            "account": "demo", "ticket": 2001, "parent_ticket": 1001,
            "parent_registered_us": START, "kind": "hedge", "volume_e8": 25000000,
            "opened_us": START + 45 * MINUTE, "closed_us": None, "source": "mt5"})
        insert(database, "dtms_progress", {
            "source": "mt5", "next_us": START + 61 * MINUTE, "events_seq": 0, "positions_seq": 0,
            "accounts_seq": 0, "results_seq": 0, "off": 0})
    write(empty, "analysis", fill)
    return empty


def write_prices(site):
    """The tick database, with one quote of gold."""
    writer = places.build() / "tests" / "tick_writer"
    assert writer.exists(), f"{writer} is not built (make test-programs)"
    subprocess.run([writer, site.state], text=True, check=True, input=f"""
        INSERT INTO symbols(symbol_id, source, symbol, id_kind, newest_us)
            VALUES(1, 'mt5', 'XAUUSD', 'ordinal', {NOW});
        INSERT INTO unified_ticks(symbol_id, time_us, tick_id, bid_e8, ask_e8, flags)
            VALUES(1, {NOW - 5}, 0, 1, 2, 2), (1, {NOW}, 0, 199012345678, 199025000000, 2);""")


class Engine:
    """Stands in for analysisd at its control socket: one answer, and what was asked."""

    def __init__(self, site, answer):
        folder = site.runtime / "analysisd"
        folder.mkdir(parents=True, exist_ok=True)
        self.answer, self.asked = answer, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(str(folder / "control.sock"))
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        site.at_end.append(self.close)

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rw") as stream:
                self.asked.append(json.loads(stream.readline()))
                stream.write(json.dumps(self.answer) + "\n")
                stream.flush()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


def lines_with(done, *words):
    assert done.returncode == 0, done
    return [line for line in done.stdout.splitlines() if all(word in line for word in words)]


# ---- the list ----


def test_open_trades_are_listed_with_state_price_and_timers(watched):
    write_prices(watched)
    shown = watched.tradingctl_json("dtms")
    assert shown["off"] is False
    source, = shown["sources"]
    assert (source["source"], source["clock_us"]) == ("mt5", NOW)
    trades = shown["trades"]
    assert [(trade["account"], trade["ticket"]) for trade in trades] == [
        ("demo", 1001), ("demo", 1002), ("other", 1001)]
    hedged, seller, _ = trades
    assert (hedged["state"], hedged["score"]) == ("HEDGED", SCORE)
    assert (hedged["price"], seller["price"]) == ("1990.12345678", "1990.25")  # bid, ask
    assert (hedged["entry_price"], hedged["stop_loss"]) == ("2000.5", "1990")
    assert hedged["flat_left_s"] == 3599.75 and hedged["recovery_left_s"] is None
    assert hedged["state_since"] == "2023-11-14T23:00:00.000Z"
    assert seller["score"] is None
    row, = lines_with(watched.tradingctl("dtms"), "HEDGED")
    assert row.split() == ["demo", "1001", "XAUUSD", "BUY", "HEDGED", "2023-11-14T23:00:00.000Z",
                           "-9.10", "1990.12345678", "1990", "flat", "00:59:59", "yes"]


def test_trades_are_stale_once_their_sources_clock_stands_still(watched):
    def stale():
        return [trade["stale"] for trade in watched.tradingctl_json("dtms")["trades"]]
    write_prices(watched)
    assert stale() == [True, True, True]  # the clock is that of 2023
    writer = places.build() / "tests" / "tick_writer"
    subprocess.run([writer, watched.state], text=True, check=True,
                   input=f"UPDATE symbols SET newest_us = {int(time.time() * 1e6)};")
    assert stale() == [False, True, False]  # what DTMS says itself


def test_without_ticks_there_is_no_price_and_timers_run_on_what_is_decided(watched):
    shown = watched.tradingctl_json("dtms")
    hedged = shown["trades"][0]
    assert hedged["price"] is None
    assert shown["sources"][0]["clock_us"] == START + 61 * MINUTE
    assert hedged["flat_left_s"] == 59 * 60


def test_closed_trades_are_listed_with_all(watched):
    assert len(watched.tradingctl_json("dtms")["trades"]) == 3
    trades = watched.tradingctl_json("dtms", "--all")["trades"]
    assert (trades[3]["ticket"], trades[3]["closed_reason"]) == (1003, "tp")
    row, = lines_with(watched.tradingctl("dtms", "--all"), "1003")
    assert row.split()[-1] == "tp"


def test_the_list_of_one_account_leaves_the_others_out(watched):
    trades = watched.tradingctl_json("dtms", "--account", "other")["trades"]
    assert [trade["account"] for trade in trades] == ["other"]


def test_that_dtms_is_off_is_said(watched):
    assert "DTMS is on for mt5" in watched.tradingctl("dtms").stdout
    write(watched, "analysis", lambda database: database.execute(
        "UPDATE dtms_progress SET off = 1"))
    assert watched.tradingctl_json("dtms")["off"] is True
    assert "DTMS is OFF: no action is taken for mt5" in watched.tradingctl("dtms").stdout
    assert "DTMS is OFF" in watched.tradingctl("dtms", "1002").stdout


def test_a_timer_that_is_over_is_said_to_be(watched):
    write(watched, "analysis", lambda database: database.execute(
        "UPDATE dtms_trades SET flat_deadline_us = ? WHERE state = 'HEDGED'", (START,)))
    assert lines_with(watched.tradingctl("dtms"), "HEDGED", "flat over")


def test_where_nothing_is_watched_that_is_said(empty):
    text = empty.tradingctl("dtms").stdout
    assert text == "DTMS has not looked at any source yet\nno trade is under watch\n"
    assert empty.tradingctl_json("dtms") == {"off": False, "sources": [], "trades": []}
    assert empty.tradingctl("actions").stdout == "no action was written\n"


# ---- one trade ----


def test_a_trade_is_shown_with_everything_and_why(watched):
    write_prices(watched)
    shown = watched.tradingctl_json("dtms", "1001", "--account", "demo")
    assert shown["trade"]["state"] == "HEDGED" and shown["trade"]["price"] == "1990.12345678"
    assert shown["why"] == "score -9.10 <= -6"
    assert shown["check"]["market"] == MARKET
    assert [check["state_to"] for check in shown["checks"]] == ["WARNING_L2"] * 2 + ["HEDGED"]
    assert [(row["action_type"], row["status"], row["error"]) for row in shown["actions"]] == [
        (kind, status, error) for _, kind, _, _, _, status, error in ACTIONS]
    assert [(row["ticket"], row["kind"], row["volume"]) for row in shown["adopted"]] == [
        (2001, "hedge", "0.25")]
    assert shown["source"]["off"] is False


def test_each_signal_of_the_newest_deep_check_is_shown_with_its_sum(watched):
    done = watched.tradingctl("dtms", "1001", "--account", "demo")
    for name, (raw, weight, multiplier, score, missing, detail) in SIGNALS.items():
        row, = lines_with(done, f"  {name} ")
        figures = ["missing" if missing else f"{raw:g}", f"{weight:g}", f"{multiplier:g}",
                   f"{score:g}"]
        assert row.split()[1:5] == figures, row
        assert row.rstrip().endswith(detail)
    assert lines_with(done, "newest deep check: 2023-11-14T23:00:00.000Z (move), score -9.10")
    assert lines_with(done, "why", "score -9.10 <= -6")
    assert lines_with(done, "regime", "NewYork", "NORMAL", "RANGE")
    assert lines_with(done, "flow", "missing")
    assert lines_with(done, "open_hedge", "\"volume\":\"0.25\"", "failed", "no money")
    assert lines_with(done, "WARNING_L1 > WARNING_L2", "score -5.00 <= -4")


def test_a_trade_that_was_never_checked_says_so(watched):
    assert "no deep check was made yet" in watched.tradingctl("dtms", "1002").stdout
    shown = watched.tradingctl_json("dtms", "1002")
    assert shown["why"] is None and shown["check"] is None and shown["checks"] == []


def test_a_closed_trade_is_shown_with_why_it_was_closed(watched):
    assert watched.tradingctl_json("dtms", "1003")["why"] == "tp"


def test_old_checks_are_left_out_but_changes_of_state_are_not(watched):
    shown = watched.tradingctl_json("dtms", "1001", "--account", "demo", "--limit", "1")
    assert [check["time_us"] for check in shown["checks"]] == [
        START + 30 * MINUTE, START + 45 * MINUTE]


def test_of_a_ticket_that_was_registered_twice_the_open_one_is_shown(watched):
    write(watched, "analysis", lambda database: insert(database, "dtms_trades", GONE | {
        "registered_us": START + 5, "closed_us": None, "state": "HEALTHY",
        "closed_reason": None}))
    trade = watched.tradingctl_json("dtms", "1003")["trade"]
    assert (trade["registered_us"], trade["closed"]) == (START + 5, None)


# ---- actions ----


def test_actions_are_the_newest_in_the_order_of_time(watched):
    rows = watched.tradingctl_json("actions")["actions"]
    assert [row["action_type"] for row in rows] == [
        "partial_close", "move_sl_breakeven", "open_hedge"]
    assert rows[2]["parameters"] == {"volume": "0.25"}
    rows = watched.tradingctl_json("actions", "--limit", "2")["actions"]
    assert [row["status"] for row in rows] == ["skipped", "failed"]
    row, = lines_with(watched.tradingctl("actions"), "open_hedge")
    for word in ("demo", "1001", "XAUUSD", "execute", "failed", "WARNING_L2 > HEDGED", "no money"):
        assert word in row


def test_actions_are_found_by_ticket_account_and_symbol(watched):
    write(watched, "analysis", lambda database: insert_action(
        database, GONE, 0, "close_all", "HEALTHY", "CLOSING", "advise", "advised", None))
    count = {arguments: len(watched.tradingctl_json("actions", *arguments)["actions"])
             for arguments in [(), ("1001",), ("1003",), ("1002",), ("--symbol", "EURUSD"),
                               ("--symbol", "mt5:XAUUSD"), ("--account", "other"),
                               ("1003", "--symbol", "XAUUSD")]}
    assert list(count.values()) == [4, 3, 1, 0, 1, 3, 0, 0]


# ---- analysis ----


def insert_result(database, kind, timeframe, minute, result, symbol="BTCUSDT", source="sim"):
    insert(database, "analysis_results", {
        "symbol": symbol, "source": source, "analysis_type": kind, "timeframe": timeframe,
        "time_us": START + minute * MINUTE, "result": json.dumps(result), "confidence": 0.5,
        "input_revision": 3, "created_us": START})


@pytest.fixture
def analysed(empty):
    def fill(database):
        for name in ("BTCUSDT", "ETHUSDT"):
            insert(database, "analysis_progress", {
                "source": "sim", "symbol": name, "first_us": 0, "next_us": START,
                "changes_seq": 0, "history_us": None, "results": 5})
        for minute in (0, 5, 10):
            insert_result(database, "volatility_analysis", "M5", minute,
                          {"regime": None, "atr14": minute + 0.5})
        insert_result(database, "trend_analysis", "M5", 5, {"change": {"bars_1": {"percent": 1}}})
        insert_result(database, "trend_analysis", "H1", 0, {"direction": "up"})
        insert_result(database, "trend_analysis", "H1", 0, {"direction": "down"}, "ETHUSDT")
    write(empty, "analysis", fill)
    return empty


def results(site, *arguments):
    return [(row["analysis_type"], row["timeframe"], (row["time_us"] - START) // MINUTE)
            for row in site.tradingctl_json("analysis", *arguments)["results"]]


def test_the_newest_result_of_each_type_and_timeframe_is_shown(analysed):
    assert results(analysed, "BTCUSDT") == [
        ("trend_analysis", "M5", 5), ("trend_analysis", "H1", 0), ("volatility_analysis", "M5", 10)]
    assert results(analysed, "sim:ETHUSDT") == [("trend_analysis", "H1", 0)]
    row = analysed.tradingctl_json("analysis", "BTCUSDT")["results"][2]
    assert row["result"] == {"regime": None, "atr14": 10.5}
    assert (row["time"], row["confidence"], row["input_revision"]) == (
        "2023-11-14T22:25:00.000Z", 0.5, 3)


def test_results_are_printed_as_lines(analysed):
    assert analysed.tradingctl("analysis", "BTCUSDT").stdout == (
        "sim:BTCUSDT trend_analysis M5 2023-11-14T22:20:00.000Z, confidence 0.5\n"
        "  change:\n    bars_1:\n      percent: 1\n"
        "sim:BTCUSDT trend_analysis H1 2023-11-14T22:15:00.000Z, confidence 0.5\n"
        "  direction: up\n"
        "sim:BTCUSDT volatility_analysis M5 2023-11-14T22:25:00.000Z, confidence 0.5\n"
        "  regime: -\n  atr14: 10.5\n")


def test_results_are_chosen_by_type_timeframe_number_and_time(analysed):
    kind = ("BTCUSDT", "--type", "volatility_analysis")
    assert results(analysed, *kind, "--limit", "2") == [
        ("volatility_analysis", "M5", 5), ("volatility_analysis", "M5", 10)]
    assert results(analysed, *kind, "--at", "2023-11-14T22:24:59Z") == [
        ("volatility_analysis", "M5", 5)]
    assert results(analysed, "BTCUSDT", "--timeframe", "H1") == [("trend_analysis", "H1", 0)]
    assert results(analysed, "BTCUSDT", "--timeframe", "D1") == []
    done = analysed.tradingctl("analysis", "BTCUSDT", "--timeframe", "D1")
    assert (done.returncode, done.stdout) == (0, "of sim:BTCUSDT no such result is stored\n")


AFRESH = {"source": "sim", "symbol": "BTCUSDT", "timeframe": "H1", "time": "2023-11-14T22:00:00Z",
          "results": {"trend_analysis": {"direction": "up"}, "levels": {"above": None}}}


def test_an_analysis_is_computed_afresh_by_analysisd(site):
    engine = Engine(site, AFRESH)
    assert site.tradingctl_json("analysis", "BTCUSDT", "--now", "--timeframe", "H1", "--at",
                                "1700000000000") == AFRESH
    assert engine.asked == [{"command": "analyse", "symbol": "BTCUSDT", "timeframe": "H1",
                             "time": 1_700_000_000_000_000}]
    assert site.tradingctl("analysis", "BTCUSDT", "--now", "--type", "trend_analysis").stdout == (
        "sim:BTCUSDT trend_analysis H1 2023-11-14T22:00:00Z, computed now\n  direction: up\n")
    assert engine.asked[1] == {"command": "analyse", "symbol": "BTCUSDT", "timeframe": "M5"}
    done = site.tradingctl("analysis", "BTCUSDT", "--now", "--type", "volume")
    assert (done.returncode, done.stderr) == (
        64, "tradingctl: volume is no analysis of BTCUSDT on H1\n")


# ---- questions that change something ----

ENABLE = ("dtms", "enable", "7", "BTCUSDT", "BUY", "65000.5", "0.25")
QUESTIONS = [
    (ENABLE, {"command": "dtms-enable", "ticket": 7, "symbol": "BTCUSDT", "direction": "BUY",
              "entry_price": "65000.5", "volume": "0.25"},
     "BTCUSDT BUY, ticket 7, is under watch from the next check on\n"),
    ((*ENABLE, "--sl", "64000", "--tp", "70000", "--initial-sl", "63000.1", "--account", "demo"),
     {"command": "dtms-enable", "ticket": 7, "symbol": "BTCUSDT", "direction": "BUY",
      "entry_price": "65000.5", "volume": "0.25", "stop_loss": "64000", "take_profit": "70000",
      "initial_stop_loss": "63000.1", "account": "demo"},
     "BTCUSDT BUY, ticket 7, is under watch from the next check on\n"),
    (("dtms", "disable", "7"), {"command": "dtms-disable", "ticket": 7},
     "ticket 7 is under watch no more from the next check on\n"),
    (("dtms", "disable", "7", "--account", "demo"),
     {"command": "dtms-disable", "ticket": 7, "account": "demo"},
     "ticket 7 is under watch no more from the next check on\n"),
    (("dtms", "off"), {"command": "dtms-off"},
     "DTMS is off: no action is taken until `tradingctl dtms on`\n"),
    (("dtms", "on"), {"command": "dtms-on"}, "DTMS is on\n"),
]


@pytest.mark.parametrize("arguments, question, text", QUESTIONS)
def test_what_changes_a_trade_is_asked_of_analysisd(site, arguments, question, text):
    engine = Engine(site, {"answer": "as it was given"})
    assert site.tradingctl(*arguments).stdout == text
    assert site.tradingctl_json(*arguments) == {"answer": "as it was given"}
    assert engine.asked == [question, question]


@pytest.mark.parametrize("arguments", [*(row[0] for row in QUESTIONS),
                                       ("analysis", "BTCUSDT", "--now")])
def test_a_refusal_of_analysisd_is_passed_on(site, arguments):
    Engine(site, {"error": {"code": "conflict", "message": "ticket 7 is open already"}})
    done = site.tradingctl(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (
        1, "", "tradingctl: ticket 7 is open already\n")


@pytest.mark.parametrize("code, status", [("busy", 75), ("forbidden", 77)])
def test_what_may_go_well_later_or_for_another_has_its_own_status(site, code, status):
    Engine(site, {"error": {"code": code, "message": "not now"}})
    assert site.tradingctl("dtms", "off").returncode == status


# ---- refusals ----


def assert_refused(done, status, words):
    assert done.returncode == status, done
    assert words in done.stderr and done.stderr.count("\n") == 1 and done.stdout == "", done


@pytest.mark.parametrize("arguments", [*(row[0] for row in QUESTIONS),
                                       ("analysis", "BTCUSDT", "--now")])
def test_without_analysisd_nothing_is_changed_and_that_is_said(site, arguments):
    assert_refused(site.tradingctl(*arguments), 69,
                   f"analysisd is not running: nobody listens at {site.runtime}/analysisd/")


@pytest.mark.parametrize("arguments", [("dtms",), ("dtms", "7"), ("actions",),
                                       ("analysis", "BTCUSDT")])
def test_without_a_database_that_is_said(site, arguments):
    assert_refused(site.tradingctl(*arguments), 69, "does not exist yet: analysisd creates it")
    assert not site.state.exists()


@pytest.mark.parametrize("arguments, words", [
    (("dtms", "seven"), "seven is no ticket: expected a whole number from 1 on"),
    (("dtms", "0"), "0 is no ticket"),
    (("dtms", "7x"), "7x is no ticket"),
    (("dtms", "99999999999999999999"), "is no ticket"),
    (("dtms", ""), " is no ticket"),
    (("dtms", "7", "8"), "usage: tradingctl dtms TICKET [--account A] [--limit N]"),
    (("dtms", "7", "--all"), "usage: tradingctl dtms TICKET"),
    (("dtms", "--limit", "5"), "usage: tradingctl dtms [--all] [--account A]"),
    (("dtms", "--follow"), "dtms does not take --follow"),
    (("dtms", "off", "now"), "usage: tradingctl dtms off"),
    (("dtms", "on", "--all"), "usage: tradingctl dtms on"),
    (("dtms", "disable"), "usage: tradingctl dtms disable TICKET"),
    (("dtms", "disable", "x"), "x is no ticket"),
    (("dtms", "disable", "7", "--sl", "5"), "usage: tradingctl dtms disable TICKET"),
    (("dtms", "enable", "7", "BTCUSDT", "BUY", "65000"), "usage: tradingctl dtms enable TICKET"),
    ((*ENABLE, "more"), "usage: tradingctl dtms enable TICKET SYMBOL BUY|SELL ENTRY VOLUME"),
    (("dtms", "enable", "x", *ENABLE[3:]), "x is no ticket"),
    (("dtms", "enable", "7", "BTCUSDT", "LONG", "65000", "1"),
     "the direction LONG: expected BUY or SELL"),
    (("dtms", "enable", "7", "BTCUSDT", "BUY", "zero", "1"),
     "the entry price zero: expected a price above 0"),
    (("dtms", "enable", "7", "BTCUSDT", "BUY", "1e5", "1"), "the entry price 1e5"),
    (("dtms", "enable", "7", "BTCUSDT", "BUY", "65000", "0"),
     "the volume 0: expected a volume above 0"),
    ((*ENABLE, "--sl", "low"), "--sl low: expected a price above 0"),
    ((*ENABLE, "--tp", "0"), "--tp 0: expected a price above 0"),
    ((*ENABLE, "--initial-sl", "0.000000001"), "--initial-sl 0.000000001: expected a price"),
    ((*ENABLE, "--account", "\udcff"), "the account is not UTF-8"),
    (("dtms", "enable", "7", "\udcff", *ENABLE[4:]), "the symbol is not UTF-8"),
    (("actions", "x"), "x is no ticket"),
    (("actions", "7", "8"), "usage: tradingctl actions [TICKET]"),
    (("actions", "--limit", "0"), "expected a number from 1"),
    (("actions", "--all"), "actions does not take --all"),
    (("analysis",), "usage: tradingctl analysis SYMBOL"),
    (("analysis", "A", "B"), "usage: tradingctl analysis SYMBOL"),
    (("analysis", "A", "--timeframe", "M1"), "expected M5, M15, M30, H1, H4 or D1"),
    (("analysis", "A", "--at", "noon"), "expected a time"),
    (("analysis", "A", "--now", "--limit", "1"), "analysis --now does not take --limit"),
    (("analysis", "\udcff", "--now"), "the symbol is not UTF-8"),
])
def test_bad_input_is_refused_in_one_sentence_before_anything_is_asked(site, arguments, words):
    engine = Engine(site, {})
    assert_refused(site.tradingctl(*arguments), 64, words)
    assert engine.asked == [] and not site.state.exists()


@pytest.mark.parametrize("arguments, words", [
    (("dtms", "1001"), "1001 is ambiguous: say --account with one of demo, other"),
    (("dtms", "9"), "9 is unknown: no such ticket was ever under watch"),
    (("dtms", "1002", "--account", "other"),
     "1002 is unknown: no such ticket of account other was ever under watch"),
    (("actions", "--symbol", "USDJPY"),
     "USDJPY is unknown; stored are mt5:EURUSD, mt5:XAUUSD"),
    (("analysis", "BTCUSDT"), "BTCUSDT is unknown: no symbol is stored yet"),
])
def test_what_is_not_known_is_answered_with_what_there_is(watched, arguments, words):
    assert_refused(watched.tradingctl(*arguments), 64, words)


def test_a_type_or_symbol_that_was_never_analysed_is_answered_with_what_there_is(analysed):
    assert_refused(analysed.tradingctl("analysis", "BTCUSDT", "--type", "trend"), 64,
                   "trend is no analysis of sim:BTCUSDT; stored are trend_analysis, "
                   "volatility_analysis")
    assert_refused(analysed.tradingctl("analysis", "DOGE"), 64,
                   "DOGE is unknown; stored are sim:BTCUSDT, sim:ETHUSDT")


# ---- verify ----


def make_tick_database(site):
    assert site.start("tickd").stop() == 0


def test_verify_looks_at_what_dtms_stored(watched):
    make_tick_database(watched)
    found = watched.tradingctl_json("verify")
    assert found["ok"] is True, found
    assert found["dtms"] == {"trades": 4, "actions": 3, "checks": 3, "fault_count": 0,
                             "faults": []}
    assert "DTMS  4 trades, 3 actions, 3 checks: ok" in watched.tradingctl("verify").stdout


def test_verify_names_what_is_broken_of_dtms_and_exits_1(watched):
    make_tick_database(watched)
    write(watched, "analysis", lambda database: database.execute(
        "UPDATE dtms_actions SET ticket = 1002 WHERE action_type = 'open_hedge'"))
    found = watched.tradingctl_json("verify", "--quick", statuses=(1,))
    assert found["faults"] == 1 and found["dtms"]["fault_count"] == 1
    assert "should be called demo/1002/WARNING_L2>HEDGED/" in found["dtms"]["faults"][0]
    assert "  WRONG: the action demo/1001/" in watched.tradingctl("verify", "--quick").stdout


def test_verify_has_nothing_to_say_of_dtms_where_analysisd_never_ran(site):
    site.set("binance", enabled="no")
    make_tick_database(site)
    assert site.tradingctl_json("verify", "--quick")["dtms"] is None
