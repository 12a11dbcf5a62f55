"""Trades under watch of the real analysisd: enabled, looked at, refused, switched off, hard pressed."""
import json
import random
import socket
import sqlite3
import time

import pytest

from harness import decisions, stored
from harness.market import Market
from harness.small_disk import SmallDisk
from harness.waiting import wait_until

SLOT_US = decisions.SLOT_US
SIGNALS = ["candle_conviction", "delta_pressure", "ema_alignment", "momentum", "structure",
           "vwap_volume"]

pytestmark = pytest.mark.asan


# ---- setting up ----

def start(site, *options):
    """A market that is sixty times as fast as ours, with three days of history, and both daemons."""
    market = Market(site, "--symbols", "BTCUSDT,ETHUSDT", "--rate", "4", "--speed", "60",
                    "--history", "4d", "--seed", "11", *options)
    site.set("binance", symbols="BTCUSDT,ETHUSDT", history="3d", **market.settings())
    site.start("tickd")
    daemon = site.start("analysisd")
    decisions.wait_begun(site, 2)
    decisions.wait_analysed(site)
    return daemon


def price(site, symbol="BTCUSDT"):
    return stored.value(site.database("ticks"), "SELECT price_e8 / 1e8 FROM unified_ticks JOIN"
                        " symbols USING (symbol_id) WHERE symbol = ? AND price_e8 IS NOT NULL"
                        " ORDER BY time_us DESC", symbol)


def enable(site, ticket, symbol="BTCUSDT", direction="BUY", *options):
    done = site.tradingctl("dtms", "enable", ticket, symbol, direction,
                           f"{price(site, symbol):.2f}", "0.5", *options)
    assert done.returncode == 0, done.stderr
    return done


def shown(site, ticket):
    return site.tradingctl_json("dtms", ticket)


def wait_checked(site, ticket, checks=1):
    wait_until(lambda: (stored.value(
        site.database("analysis"), "SELECT count(*) FROM dtms_checks WHERE ticket = ?", ticket)
        or 0) >= checks, 60, f"{checks} checks of {ticket}")


def decided_us(site):
    return stored.value(site.database("analysis"), "SELECT next_us FROM dtms_progress") or 0


def wait_decided(site, instants):
    goal = decided_us(site) + instants * decisions.GRID_US
    wait_until(lambda: decided_us(site) >= goal, 60, f"{instants} instants more")


def figures(site):
    return site.status("analysisd")["dtms"]


def check_verified(site):
    done = site.tradingctl("verify")
    assert done.returncode == 0, done.stdout + done.stderr


def ask(site, question):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(site.runtime / "analysisd" / "control.sock"))
        peer.settimeout(20)
        peer.sendall(json.dumps(question).encode() + b"\n")
        return json.loads(peer.makefile().readline())


# ---- under watch ----

def test_a_trade_that_is_enabled_is_watched_and_every_command_shows_it(site):
    start(site)
    assert figures(site) == {"trades": 0, "stale": 0, "actions": 0, "alerts": 0, "off": False,
                             "last_instant_us": None}
    done = enable(site, 1001)
    assert done.stdout == "BTCUSDT BUY, ticket 1001, is under watch from the next check on\n"
    enable(site, 1002, "ETHUSDT", "SELL", "--sl", f"{price(site, 'ETHUSDT') * 1.01:.2f}")
    wait_checked(site, 1001)
    wait_checked(site, 1002)
    one = shown(site, 1001)
    assert one["check"]["cause"] == "first" and one["why"]
    signals = one["check"]["market"]["signals"]
    assert sorted(signals) == SIGNALS
    assert sum(signal["score"] for signal in signals.values()) == pytest.approx(one["check"]["score"])
    assert not signals["ema_alignment"]["missing"] and not signals["structure"]["missing"]
    trades = {trade["ticket"]: trade for trade in site.tradingctl_json("dtms")["trades"]}
    assert {(ticket, trade["direction"], trade["stale"]) for ticket, trade in trades.items()} == {
        (1001, "BUY", False), (1002, "SELL", False)}
    assert trades[1001]["stop_loss"] is None and trades[1002]["stop_loss"] is not None
    wait_until(lambda: figures(site)["trades"] == 2)
    assert figures(site)["last_instant_us"] % decisions.GRID_US == 0
    wait_checked(site, 1001, 3)
    written = stored.rows(site.database("analysis"), "SELECT action_id FROM dtms_actions"
                          " ORDER BY time_us, id")
    told = site.tradingctl_json("actions", "--limit", 1000)["actions"]
    assert [(row["action_id"],) for row in told][:len(written)] == written
    done = site.tradingctl("dtms", "disable", 1001)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: shown(site, 1001)["trade"]["state"] == "CLOSED")
    assert [trade["ticket"] for trade in site.tradingctl_json("dtms")["trades"]] == [1002]
    decisions.check_once(site.database("analysis"))
    check_verified(site)


def test_what_cannot_be_watched_is_refused_in_one_sentence_and_stored_nowhere(site):
    start(site)
    now = price(site)
    near, above, below = f"{now:.2f}", f"{now * 1.01:.2f}", f"{now * 0.99:.2f}"
    for status, sentence, arguments in [
            (1, "there is no symbol NOSUCH", (1, "NOSUCH", "BUY", near, "1")),
            (1, "there is no symbol btcusdt", (1, "btcusdt", "BUY", near, "1")),
            (1, "the stop loss of a BUY must be below its entry price",
             (1, "BTCUSDT", "BUY", near, "1", "--sl", above)),
            (1, "the stop loss of a SELL must be above its entry price",
             (1, "BTCUSDT", "SELL", near, "1", "--sl", below)),
            (1, "the take profit of a BUY must be above its entry",
             (1, "BTCUSDT", "BUY", near, "1", "--tp", below)),
            (64, "expected BUY or SELL", (1, "BTCUSDT", "buy", near, "1")),
            (64, "the entry price 0", (1, "BTCUSDT", "BUY", "0", "1")),
            (64, "no such option", (1, "BTCUSDT", "BUY", near, "-1")),
            (64, "the volume nan", (1, "BTCUSDT", "BUY", near, "nan")),
            (64, "ticket", (0, "BTCUSDT", "BUY", near, "1")),
            (64, "usage", (1, "BTCUSDT", "BUY", near))]:
        done = site.tradingctl("dtms", "enable", *arguments)
        assert done.returncode == status, (arguments, done)
        assert sentence in done.stderr and done.stderr.count("\n") == 1, (sentence, done.stderr)
        assert done.stdout == ""
    done = site.tradingctl("dtms", "disable", 1)
    assert (done.returncode, done.stderr) == (
        1, "tradingctl: no ticket 1 of account manual is under watch\n")
    for question in ({}, {"command": 1}, {"command": "dtms-enable"}, {"command": "nothing"},
                     {"command": "dtms-off", "more": 1},
                     {"command": "dtms-enable", "ticket": 1, "symbol": "BTCUSDT",
                      "direction": "BUY", "entry_price": now, "volume": 1, "magic": 7}):
        assert set(ask(site, question)["error"]) == {"code", "message"}, question
    assert stored.value(site.database("analysis"), "SELECT count(*) FROM dtms_events") == 0
    enable(site, 7)
    wait_checked(site, 7)
    done = site.tradingctl("dtms", "enable", 7, "BTCUSDT", "SELL", near, "1")
    assert (done.returncode, done.stderr) == (
        1, "tradingctl: ticket 7 of account manual is under watch already, on sim:BTCUSDT\n")
    assert stored.value(site.database("analysis"), "SELECT count(*) FROM dtms_events") == 1
    check_verified(site)


def test_off_stops_all_actions_over_a_restart_and_on_lets_them_go_on(site):
    daemon = start(site, "--speed", "300", "--rate", "1")
    for ticket, direction in ((1, "BUY"), (2, "SELL")):
        enable(site, ticket, "BTCUSDT", direction)
        wait_checked(site, ticket)
    assert site.tradingctl("dtms", "off").returncode == 0
    wait_until(lambda: site.tradingctl_json("dtms")["off"] and figures(site)["off"])
    wait_decided(site, 2)
    rows = "SELECT (SELECT count(*) FROM dtms_checks), (SELECT count(*) FROM dtms_actions)"
    before = stored.rows(site.database("analysis"), rows)
    assert daemon.stop() == 0
    site.start("analysisd")
    wait_decided(site, 60)  # half an hour, in which each would have been checked twice
    assert stored.rows(site.database("analysis"), rows) == before
    wait_until(lambda: figures(site)["off"] and figures(site)["trades"] == 2)
    assert site.tradingctl("dtms", "on").returncode == 0
    wait_until(lambda: stored.rows(site.database("analysis"), rows) > before, 60, "checks again")
    assert not site.tradingctl_json("dtms")["off"]
    decisions.check_once(site.database("analysis"))
    check_verified(site)


# ---- analyses on demand ----

def test_a_bar_is_analysed_anew_when_somebody_asks(site):
    start(site)
    newest = site.tradingctl_json("analysis", "BTCUSDT", "--now")
    assert (newest["symbol"], newest["timeframe"]) == ("BTCUSDT", "M5")
    assert "trend_analysis" in newest["results"] and "order_flow" in newest["results"]
    time_us, result = stored.rows(
        site.database("analysis"), "SELECT time_us, result FROM analysis_results WHERE symbol ="
        " 'BTCUSDT' AND analysis_type = 'trend_analysis' AND timeframe = 'H1'"
        " ORDER BY time_us DESC LIMIT 1 OFFSET 5")[0]
    for inside_us in (time_us, time_us + 1, time_us + 12 * SLOT_US - 1):
        told = ask(site, {"command": "analyse", "symbol": "sim:BTCUSDT", "timeframe": "H1",
                          "time": inside_us})
        trend = told["results"]["trend_analysis"]
        assert {name: trend[name] for name in json.loads(result)} == json.loads(result)
    assert ask(site, {"command": "analyse", "symbol": "BTCUSDT"})["timeframe"] == "M5"
    for question, code in [({"symbol": "NOSUCH"}, "not-found"), ({}, "bad-request"),
                           ({"symbol": "BTCUSDT", "timeframe": "M7"}, "bad-request"),
                           ({"symbol": "BTCUSDT", "timeframe": 5}, "bad-request"),
                           ({"symbol": "BTCUSDT", "time": "now"}, "bad-request"),
                           ({"symbol": "BTCUSDT", "time": 2**62}, "not-closed"),
                           ({"symbol": "BTCUSDT", "time": 0}, "not-found"),
                           ({"symbol": "BTCUSDT", "time": -2**63}, "bad-request")]:
        told = ask(site, {"command": "analyse", **question})
        assert "error" in told and told["error"]["code"] == code, (question, told)
    done = site.tradingctl("analysis", "BTCUSDT", "--now", "--timeframe", "H1")
    assert done.returncode == 0 and "computed now" in done.stdout


# ---- hard pressed ----

def test_garbage_at_the_control_socket_harms_nobody(site):
    daemon = start(site)
    enable(site, 1)
    wait_checked(site, 1)
    path = str(site.runtime / "analysisd" / "control.sock")
    chance = random.Random(3)
    good = json.dumps({"command": "dtms-status"}).encode()
    pieces = [b"\n" * 100, b"{" * 5000 + b"\n", b"[]\n", b"null\n", b"\xff\xfe\n", b"A" * 100_000,
              b'{"command":"dtms-off","command":"dtms-on"}\n', good[:-3] + b"\n",
              b'{"command":"dtms-enable","ticket":1e400}\n',
              b'{"command":"dtms-enable","ticket":9999999999999999999999}\n',
              b'{"command":"analyse","symbol":"' + b"B" * 8000 + b'"}\n',
              *(chance.randbytes(chance.randrange(1, 3000)) + b"\n" for _ in range(60))]
    for piece in pieces:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(path)
            peer.settimeout(20)
            try:
                peer.sendall(piece)
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(65536):
                    pass
            except (BrokenPipeError, ConnectionResetError):
                pass  # it need not read on
    crowd = []
    for _ in range(60):  # more than are served at once, and none of them asks
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(path)
        crowd.append(peer)
    for peer in crowd:
        peer.close()
    # One bit of a good question wrong, often.
    enabling = json.dumps({"command": "dtms-disable", "ticket": 4711}).encode()
    for _ in range(300):
        broken = bytearray(enabling)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(path)  # waits for room, as nothing does with a timeout
            peer.settimeout(20)
            peer.sendall(bytes(broken).replace(b"\n", b" ") + b"\n")
            assert "error" in json.loads(peer.makefile().readline())
    assert ask(site, {"command": "dtms-status"})["off"] is False
    assert [trade["ticket"] for trade in ask(site, {"command": "dtms-status"})["trades"]] == [1]
    assert stored.value(site.database("analysis"), "SELECT count(*) FROM dtms_events") == 1
    wait_decided(site, 10)
    assert daemon.running()
    check_verified(site)


def caught_up(site):
    """Every instant but what its source's clock has just reached is decided."""
    clock = stored.value(site.database("ticks"), "SELECT max(newest_us) FROM symbols")
    return decided_us(site) >= clock - 4 * decisions.GRID_US


def check_replayed(site, from_us):
    """Stops nothing: what is decided up to now is what a replay of it decides."""
    to_us = decided_us(site) - decisions.GRID_US
    path = site.folder / "replayed.db"
    done = site.run("analysisd", "--replay", iso(from_us), iso(to_us), "--into", path)
    assert done.returncode == 0, done.stderr
    return decisions.check_same(site.database("analysis"), path, from_us, to_us,
                                left_out=("dtms_trades", "analysis_results", "market_facts"))


def iso(time_us):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_us // 1_000_000))


def log_is_short(site):
    """Of analysisd's database; or it would go on in the old pages of its log for long."""
    connection = sqlite3.connect(site.database("analysis"), timeout=10)
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not busy


def test_a_full_disk_delays_decisions_and_loses_none(site):
    disk = SmallDisk(site, site.state / "analysisd", 96)
    # Its history comes late: what is enabled must not come before it.
    daemon = start(site, "--speed", "1200", "--rate", "1", "--rest-delay", "100ms")
    first_us = stored.value(site.database("ticks"), "SELECT max(newest_us) FROM symbols")
    first_us -= first_us % decisions.GRID_US
    enable(site, 1)
    enable(site, 2, "ETHUSDT", "SELL")
    wait_checked(site, 2)
    wait_until(lambda: log_is_short(site), 60, "the log is begun anew")
    disk.fill()
    wait_until(lambda: site.status("analysisd")["state"] == "degraded", 60, "the full disk is told")
    refused = site.tradingctl("dtms", "enable", 3, "BTCUSDT", "SELL", f"{price(site):.2f}", "1")
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1, refused
    before = decided_us(site)
    clock = "SELECT max(newest_us) FROM symbols"
    now_us = stored.value(site.database("ticks"), clock)
    wait_until(lambda: stored.value(site.database("ticks"), clock) > now_us + 20 * 60_000_000, 60,
               "twenty minutes of the exchange")
    assert decided_us(site) == before
    disk.free()
    wait_until(lambda: caught_up(site), 60, "all is decided")
    assert daemon.running()
    wait_until(lambda: site.status("analysisd")["state"] == "running")
    decisions.check_once(site.database("analysis"))
    assert check_replayed(site, first_us)["dtms_checks"] > 2
    check_verified(site)


def test_kill_9_again_and_again_at_a_live_market_decides_every_instant_once(site):
    daemon = start(site)
    first_us = stored.value(site.database("ticks"), "SELECT max(newest_us) FROM symbols")
    first_us -= first_us % decisions.GRID_US
    chance = random.Random(9)
    for ticket in range(1, 7):
        enable(site, ticket, chance.choice(("BTCUSDT", "ETHUSDT")), "BUY" if ticket % 2 else "SELL")
    for _ in range(10):
        goal = decided_us(site) + chance.randrange(1, 8) * decisions.GRID_US
        wait_until(lambda: decided_us(site) >= goal, 60, "more is decided", poll=0.001)
        daemon.kill()
        assert stored.integrity(site.database("analysis")) == "ok"
        daemon = site.start("analysisd")
    wait_until(lambda: caught_up(site), 60, "all is decided")
    decisions.check_once(site.database("analysis"))
    assert check_replayed(site, first_us)["dtms_checks"] >= 6
    check_verified(site)
