"""Terminals of MetaTrader 5 at a real tickd: what they say is stored once, what is wrong is answered."""
import random
import signal
import socket
import sqlite3
import time

import pytest
from harness import stored
from harness.broker import Broker
from harness.certificates import make_certificate
from harness.mt5_terminal import Connection, Gone, Terminal, listening, mt5_feed, set_mt5
from harness.waiting import wait_until

pytestmark = pytest.mark.asan
ROWS = ("SELECT time_us, tick_id, bid_e8, ask_e8, price_e8, volume_e8, flags FROM unified_ticks"
        " JOIN symbols USING (symbol_id) WHERE source = ? AND symbol = ? ORDER BY 1, 2")


# ---- setting up ----

def begin(site, broker=None, **values):
    token = set_mt5(site, **values)
    tickd = site.start("tickd")
    return tickd, Terminal(site, broker or Broker(), token)


def rows(site, symbol, source="mt5"):
    return stored.rows(site.database("ticks"), ROWS, source, symbol)


def check_stored(site, broker, source="mt5", offsets=None):
    for name in broker.symbols:
        assert rows(site, name, source) == broker.expected(name, offsets), name
    assert stored.integrity(site.database("ticks")) == "ok"


def bid_candles(expected):
    """M5 candles of the bids, folded here: open_us -> (open, high, low, close, bids)."""
    found = {}
    for time_us, _, bid, *_ in expected:
        slot = time_us - time_us % 300_000_000
        was = found.get(slot)
        found[slot] = ((bid, bid, bid, bid, 1) if was is None else
                       (was[0], max(was[1], bid), min(was[2], bid), bid, was[4] + 1))
    return found


def error_of(connection):
    """The error that ends it, after whatever else was said."""
    try:
        while True:
            message = connection.receive()
            if message["type"] == "error":
                return message
    except Gone:
        return None


def opened(site, section="mt5"):
    return Connection(wait_until(lambda: listening(site, section)))


# ---- ticks ----

def test_ticks_of_a_terminal_are_stored_as_it_sent_them_and_acknowledged(site):
    tickd, terminal = begin(site)
    terminal.broker.advance(20_000)
    welcome = terminal.connect()
    assert welcome["source"] == "mt5" and welcome["mode"] == "advise" and welcome["resume"] == {}
    terminal.pump()
    # That acknowledged is committed the kills and the full disk below hold against tickd.
    check_stored(site, terminal.broker)
    figures = wait_until(lambda: mt5_feed(site).get("account") and mt5_feed(site))
    assert figures["state"] == "live" and figures["account"] == "1001"
    stored_rows = sum(len(rows(site, name)) for name in terminal.broker.symbols)
    wait_until(lambda: site.status("tickd")["databases"]["main_db"]["rows"] == stored_rows)
    assert tickd.stop() == 0


def test_candles_of_a_terminal_are_of_its_bids_and_complete_once_they_are_over(site):
    _, terminal = begin(site)
    terminal.broker.advance(6_000, mean_ms=400)
    terminal.connect()
    terminal.pump()
    for name in terminal.broker.symbols:
        expected = bid_candles(terminal.broker.expected(name))
        assert len(expected) > 3
        found = stored.candles(site.database("ticks"), name)
        assert {row[0]: (*row[1:5], row[8]) for row in found} == expected
        assert all(row[11] == 1 for row in found[:-1]), name
        assert all(row[9] is None for row in found)


def test_after_a_kill_verify_finds_all_well_of_a_terminal(site):
    tickd, terminal = begin(site)
    terminal.broker.advance(4_000, mean_ms=400)
    terminal.connect()
    for _ in range(5):
        any([terminal.send_some(name) for name in terminal.broker.symbols])
        terminal.take(terminal.connection.receive())
    tickd.kill()
    tickd = site.start("tickd")
    terminal.leave()
    terminal.broker.advance(4_000, mean_ms=400)
    terminal.connect()
    terminal.pump()
    check_stored(site, terminal.broker)
    for arguments in ((), ("--whole",)):
        found = site.tradingctl("verify", *arguments)
        assert found.returncode == 0 and "WRONG" not in found.stdout, found.stdout
    for report in site.tradingctl_json("verify")["symbols"]:
        expected = terminal.broker.expected(report["symbol"])
        candles = len(bid_candles(expected))
        assert candles > 5
        assert (report["rows"], report["candles"], report["candles_complete"]) == (
            len(expected), candles, candles - 1)
    # And it does look: one candle is not that of its ticks.
    assert tickd.stop() == 0
    with sqlite3.connect(site.database("ticks")) as connection:
        connection.execute("UPDATE m5_candles SET low_e8 = low_e8 - 1 WHERE open_time_us ="
                           " (SELECT min(open_time_us) FROM m5_candles)")
    found = site.tradingctl("verify")
    assert found.returncode == 1 and "WRONG" in found.stdout


def test_a_terminal_goes_on_from_what_is_committed_also_within_a_millisecond(site):
    tickd, terminal = begin(site)
    terminal.batch = 7
    for _ in range(12):
        terminal.broker.advance(200, mean_ms=1)
        terminal.connect()
        terminal.pump()
        terminal.leave()
    check_stored(site, terminal.broker)
    assert tickd.stop() == 0


def test_what_is_sent_again_is_stored_once(site):
    _, terminal = begin(site)
    terminal.broker.advance(3_000)
    terminal.connect()
    terminal.pump()
    terminal.sent = dict.fromkeys(terminal.sent, 0)
    terminal.acked = dict.fromkeys(terminal.acked, 0)
    terminal.batch = 333  # cut otherwise than before
    terminal.pump()
    check_stored(site, terminal.broker)


def test_kills_of_either_side_at_any_moment_lose_no_tick_and_store_none_twice(site):
    chance = random.Random(5)
    tickd, terminal = begin(site)
    terminal.batch = 60
    for number in range(60):
        terminal.broker.advance(chance.randrange(1, 700), mean_ms=10)
        goal = chance.randrange(1, 12)
        try:
            if terminal.connection is None:
                terminal.connect()
            for _ in range(goal):
                any([terminal.send_some(name) for name in terminal.broker.symbols])
                if chance.random() < 0.7 and terminal.open:
                    terminal.take(terminal.connection.receive())
        except (Gone, ConnectionError):
            terminal.leave()
        if number % 3:
            terminal.leave()
        else:
            tickd.kill()
            for name, acked in terminal.acked.items():
                committed = len(rows(site, name))
                books = sum(tick[1] != "0" for tick in terminal.broker.symbols[name].ticks[:acked])
                assert committed >= books, "an acknowledged tick is not there"
            tickd = site.start("tickd")
            terminal.leave()
    terminal.connect()
    terminal.pump()
    check_stored(site, terminal.broker)


def test_a_terminal_needs_no_symbols_of_another_feed(site):
    site.set("binance", symbols="")
    tickd, terminal = begin(site)
    terminal.broker.advance(500)
    terminal.connect()
    terminal.pump()
    check_stored(site, terminal.broker)
    assert tickd.stop() == 0


def test_two_brokers_with_different_clocks_are_two_sources_of_utc(site):
    near = Broker(seed=1, offset_s=3 * 3600)
    far = Broker(seed=2, offset_s=-5 * 3600, start_ms=near.start_ms - 8 * 3600 * 1000,
                 symbols=(("EURUSD", 5, 1.2), ("US500", 1, 5400.0)))
    token = set_mt5(site)
    other = set_mt5(site, token="another-token-of-16", section="mt5.far")
    site.start("tickd")
    one = Terminal(site, near, token)
    two = Terminal(site, far, other, account="77", server="Far-Live", section="mt5.far")
    for terminal in (one, two):
        terminal.broker.advance(2_000)
        terminal.connect()
        terminal.pump()
    check_stored(site, near, "mt5")
    check_stored(site, far, "far")
    firsts = [stored.value(site.database("ticks"), "SELECT min(time_us) FROM unified_ticks JOIN"
                           " symbols USING (symbol_id) WHERE source = ?", source)
              for source in ("mt5", "far")]
    assert abs(firsts[0] - firsts[1]) < 10_000_000


@pytest.mark.parametrize("hours", [1, -1], ids=["forward", "back"])
def test_ticks_keep_their_utc_through_a_change_of_the_brokers_clock(site, hours):
    tickd, terminal = begin(site)
    broker = terminal.broker
    broker.advance(2_000)
    terminal.connect()
    terminal.pump()
    # The market rests over the hour that a clock goes through twice, as real ones do.
    broker.clock_ms += 3600_000 * hours + (0 if hours > 0 else 3601_000)
    broker.offset_s += 3600 * hours
    changed = [(broker.start_ms, 3 * 3600), (broker.clock_ms, broker.offset_s)]
    for _ in range(80):  # a second each: not believed before a minute, and nothing is stored wrong
        broker.clock_ms += 1000
        broker.advance(5, mean_ms=1)
        any([terminal.send_some(name) for name in broker.symbols])
        terminal.connection.send({"type": "ping", **broker.clocks()})
        terminal.ask("pong")
    terminal.pump()
    check_stored(site, broker, offsets=changed)
    tickd.kill()
    site.start("tickd")
    terminal.leave()
    broker.advance(500)
    terminal.connect()
    terminal.pump()
    check_stored(site, broker, offsets=changed)
    assert stored.rows(site.database("ticks"), "SELECT offset_us / 1000000 FROM broker_offsets"
                       " ORDER BY from_server_us") == [(3 * 3600,), (broker.offset_s,)]


def test_over_tls_all_is_the_same_and_another_certificate_is_refused(site):
    certificate, key = make_certificate(site.folder, "bridge")
    token = set_mt5(site)
    site.set("mt5", certificate=certificate, key=key)
    site.start("tickd")
    terminal = Terminal(site, Broker(), token, ca=certificate)
    terminal.broker.advance(5_000)
    terminal.connect()
    terminal.pump()
    check_stored(site, terminal.broker)
    stranger, _ = make_certificate(site.folder, "stranger")
    with pytest.raises(OSError):
        Connection(listening(site), stranger)
    plain = opened(site)
    plain.send(terminal.hello())
    assert plain.is_ended()
    terminal.broker.advance(100)
    terminal.pump()
    check_stored(site, terminal.broker)


# ---- documented answers ----

def test_three_wrong_tokens_have_the_address_refused(site):
    _, terminal = begin(site)
    for _ in range(3):
        connection = opened(site)
        connection.send(terminal.hello(token="not-the-token-at-all"))
        assert error_of(connection)["code"] == "token"
        assert connection.is_ended()
    connection = opened(site)
    assert error_of(connection)["code"] == "refused"
    assert connection.is_ended()
    assert rows(site, "EURUSD") == []


@pytest.mark.parametrize("line, code", [
    (b"hello\n", "not-json"),
    (b"[1,2]\n", "not-json"),
    (b'{"type":"ping","time_server":1724000000,"time_gmt":1724000000}\n', "no-hello"),
    (b'{"type":"hello"}\n', "bad-message"),
    (b"\xff\xfe\x00\n", "not-json"),
    (b"x" * (256 * 1024) + b"\n", "too-long"),
    (b"x" * (300 * 1024), "too-long"),
], ids=range(7))
def test_a_first_line_that_is_none_ends_the_connection_with_its_reason(site, line, code):
    tickd, terminal = begin(site)
    connection = opened(site)
    connection.send_bytes(line)
    error = error_of(connection)
    assert error["code"] == code and error["message"]
    assert connection.is_ended()
    terminal.broker.advance(100)
    terminal.connect()
    terminal.pump()
    check_stored(site, terminal.broker)
    assert tickd.stop() == 0


@pytest.mark.parametrize("line, code", [
    (b'{"type":"ticks","symbol":"EURUSD","seq":1,"ticks":[[1,"1.1"]]}\n', "bad-message"),
    (b'{"type":"hello"}\n', "bad-message"),
    (b"{}\n", "bad-message"),
    (b'{"type":"ping","time_server":"now"}\n', "bad-message"),
    (b"y" * (300 * 1024), "too-long"),
], ids=range(5))
def test_a_wrong_line_of_a_welcome_terminal_ends_it_and_what_was_before_is_kept(site, line, code):
    _, terminal = begin(site)
    terminal.broker.advance(500)
    terminal.connect()
    terminal.pump()
    terminal.connection.send_bytes(line)
    assert error_of(terminal.connection)["code"] == code
    assert terminal.connection.is_ended()
    terminal.broker.advance(500)
    terminal.connect()
    terminal.pump()
    check_stored(site, terminal.broker)


def test_what_tickd_does_not_know_is_answered_and_passed_over(site):
    _, terminal = begin(site)
    terminal.broker.advance(100)
    terminal.connect()
    terminal.connection.send({"type": "weather", "sun": True})
    assert terminal.ask("error")["code"] == "unknown-type"
    terminal.connection.send({"type": "ticks", "symbol": "NOSUCH", "seq": 1,
                              **terminal.broker.clocks(), "ticks": []})
    assert terminal.ask("error")["code"] == "unknown-symbol"
    terminal.connection.send({"type": "ping", **terminal.broker.clocks()})
    assert terminal.ask("pong")
    terminal.pump()
    check_stored(site, terminal.broker)


def test_another_version_and_an_absurd_clock_are_refused(site):
    _, terminal = begin(site)
    for changes, code in (({"version": 2}, "version"),
                          ({"time_gmt": terminal.broker.clocks()["time_server"] - 86400}, "clock")):
        connection = opened(site)
        connection.send(terminal.hello(**changes))
        assert error_of(connection)["code"] == code
        assert connection.is_ended()


def test_a_second_connection_of_an_account_replaces_the_first(site):
    _, terminal = begin(site)
    second = Terminal(site, terminal.broker, terminal.token)
    terminal.broker.advance(1_000)
    terminal.connect()
    terminal.pump()
    second.connect()
    assert error_of(terminal.connection)["code"] == "replaced"
    assert terminal.connection.is_ended()
    second.broker.advance(1_000)
    second.pump()
    check_stored(site, second.broker)


def test_another_account_under_a_name_in_use_is_refused_then_and_later(site):
    tickd, terminal = begin(site)
    stranger = Terminal(site, Broker(seed=9), terminal.token, account="2002")
    terminal.broker.advance(500)
    terminal.connect()
    terminal.pump()
    for _ in range(2):
        connection = opened(site)
        connection.send(stranger.hello())
        error = error_of(connection)
        assert error["code"] == "account" and "[mt5.NAME]" in error["message"]
        tickd.kill()
        tickd = site.start("tickd")
    terminal.broker.advance(500)
    terminal.connect()
    terminal.pump()
    check_stored(site, terminal.broker)


def test_an_account_that_is_another_source_already_is_refused_and_that_one_goes_on(site):
    other = set_mt5(site, token="another-token-of-16", section="mt5.far")
    _, terminal = begin(site)
    terminal.broker.advance(500)
    terminal.connect()
    connection = opened(site, "mt5.far")
    connection.send(terminal.hello(token=other))
    error = error_of(connection)
    assert (error["code"], error["message"]) == (
        "account", "account 1001 at Broker-Demo is the source mt5 already")
    terminal.pump()
    check_stored(site, terminal.broker)
    assert rows(site, "EURUSD", "far") == []


@pytest.mark.parametrize("others, sentence", [
    ((), "terminal of mt5 not connected"),
    (("far",), "terminals of mt5 and far not connected"),
    (("far", "near"), "terminals of mt5, far and near not connected"),
    (("far", "near", "a" * 32), "terminals of mt5, far and 2 more not connected"),
], ids=range(1, 5))
def test_the_status_says_whose_terminal_is_not_connected(site, others, sentence):
    tokens = {name: set_mt5(site, token=f"the-token-of-{name}", section=f"mt5.{name}")
              for name in others}
    _, terminal = begin(site)
    terminals = [terminal] + [Terminal(site, Broker(), token, server=name, section=f"mt5.{name}")
                              for name, token in tokens.items()]

    def shows(state, end):
        status = site.status("tickd")
        return status.get("state") == state and status["status"].endswith(end)

    wait_until(lambda: shows("degraded", f" missing, {sentence}"), what="it is said of all")
    for one in terminals[1:]:
        one.connect()
    wait_until(lambda: shows("degraded", " missing, terminal of mt5 not connected"), what="one")
    terminal.connect()
    wait_until(lambda: shows("running", " missing"), what="all are there")
    terminals[-1].leave()
    name = others[-1] if others else "mt5"
    wait_until(lambda: shows("degraded", f" missing, terminal of {name} not connected"),
               what="it is gone")


def test_half_a_line_and_silence_end_by_the_silence_and_harm_nobody(site):
    token = set_mt5(site, silence="1s")
    site.start("tickd")
    terminal = Terminal(site, Broker(), token)
    terminal.broker.advance(500)
    half = opened(site)
    half.send_bytes(b'{"type":"hello","version":1,')
    terminal.connect()
    terminal.pump()
    assert error_of(half)["code"] == "silent" and half.is_ended()
    assert error_of(terminal.connection)["code"] == "silent"
    check_stored(site, terminal.broker)


def test_more_connections_than_allowed_are_refused_and_those_that_are_welcome_go_on(site):
    token = set_mt5(site, connections="4")
    site.start("tickd")
    terminal = Terminal(site, Broker(), token)
    terminal.broker.advance(500)
    terminal.connect()
    crowd = [opened(site) for _ in range(3)]
    late = opened(site)
    assert error_of(late)["code"] == "refused"
    terminal.pump()
    check_stored(site, terminal.broker)
    for connection in crowd:
        connection.close()
    wait_until(lambda: may_enter(site), what="there is room again")


def may_enter(site):
    connection = opened(site)
    try:
        return connection.receive(timeout=0.2)["type"] != "error"
    except TimeoutError:
        return True
    except Gone:
        return False
    finally:
        connection.close()


def test_a_flood_is_read_as_fast_as_it_can_be_stored_and_not_faster(site):
    tickd, terminal = begin(site)
    terminal.broker.advance(100_000, mean_ms=1)
    terminal.batch = 2_000
    terminal.connect()
    peer = terminal.connection.socket
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    for name, symbol in terminal.broker.symbols.items():  # past the window, reading nothing
        for first in range(0, len(symbol.ticks), terminal.batch):
            terminal.seq[name] += 1
            terminal.open[name, terminal.seq[name]] = min(len(symbol.ticks), first + terminal.batch)
            terminal.connection.send(terminal.ticks_message(name, first, first + terminal.batch))
    while terminal.open:
        terminal.take(terminal.connection.receive())
    check_stored(site, terminal.broker)
    assert tickd.running()


def test_a_terminal_that_never_reads_is_given_up_and_tickd_goes_on(site):
    tickd, terminal = begin(site)
    terminal.connect()
    ping = b'{"type":"weather"}\n' * 1000
    with pytest.raises(Gone):  # its answers pile up until they are too many, and then it is passed
        until = time.monotonic() + 20  # over for as long as a farewell may take
        while time.monotonic() < until:
            terminal.connection.send_bytes(ping)
    terminal.leave()
    terminal.broker.advance(500)
    terminal.connect()
    terminal.pump()
    check_stored(site, terminal.broker)
    assert tickd.running()


def test_the_end_of_tickd_is_told_and_nothing_is_lost(site):
    tickd, terminal = begin(site)
    terminal.broker.advance(30_000, mean_ms=1)
    terminal.connect()
    for _ in range(20):
        any([terminal.send_some(name) for name in terminal.broker.symbols])
    tickd.signal(signal.SIGTERM)
    assert tickd.wait_exit() == 0
    while True:
        try:
            message = terminal.connection.receive()
        except Gone:
            break
        if message["type"] == "error":
            assert message["code"] == "stopping"
        else:
            terminal.take(message)
    for name, acked in terminal.acked.items():
        books = sum(tick[1] != "0" for tick in terminal.broker.symbols[name].ticks[:acked])
        assert len(rows(site, name)) >= books
    site.start("tickd")
    terminal.connect()
    terminal.pump()
    check_stored(site, terminal.broker)


def test_a_full_disk_delays_acknowledgements_and_loses_nothing(site):
    from harness.small_disk import SmallDisk
    token = set_mt5(site)
    disk = SmallDisk(site, site.state / "tickd", 24)
    site.set("storage", wal_limit="1M")
    site.start("tickd")
    terminal = Terminal(site, Broker(), token)
    terminal.broker.advance(5_000)
    terminal.connect()
    terminal.pump()
    disk.fill()
    terminal.broker.advance(60_000, mean_ms=1)
    while any([terminal.send_some(name) for name in terminal.broker.symbols]):
        pass
    wait_until(lambda: site.status("tickd")["state"] == "degraded", 60, "the full disk is told")
    before = time.monotonic()
    disk.free()
    terminal.pump()
    assert time.monotonic() - before < 120
    check_stored(site, terminal.broker)
