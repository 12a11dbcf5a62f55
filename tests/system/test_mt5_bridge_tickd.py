"""The service of the MetaTrader terminal, in a terminal of ours (tests/mt5), at a real tickd."""
import calendar
import random
import sqlite3

import pytest

from harness import places, stored
from harness.certificates import make_certificate
from harness.mt5_server import Terminal
from harness.mt5_terminal import listening, mt5_feed, set_mt5
from harness.site import free_port
from harness.waiting import wait_until

pytestmark = pytest.mark.asan
KILLS = 200 if places.long_run() else 16
OFFSET = 10800
START = calendar.timegm((2024, 8, 19, 9, 58, 30)) + OFFSET  # the broker's time, Monday
M5_MS = START // 300 * 300_000
ROWS = ("SELECT time_us, tick_id, bid_e8, ask_e8, price_e8, volume_e8, flags FROM unified_ticks"
        " JOIN symbols USING (symbol_id) WHERE source = ? AND symbol = ? ORDER BY 1, 2")


def script(offset=OFFSET, account=1234567, more=""):
    return f"""
START 2024-08-19T09:58:30
OFFSET {offset}
CLOCK 20
SPEED 20
ACCOUNT {account} Broker-Demo hedging USD 10000
SYMBOL EURUSD 5 1.10000
SYMBOL XAUUSD 2 2500.00
{more}"""


STREAMS = """
STREAM EURUSD 1 20 4000 -40
STREAM XAUUSD 2 5 1000 -40
FAIL ticks 17
FAIL half 13
FAIL short 5
FAIL read 7
GUESS
"""


def e8(decimal):
    return int(decimal * 10**8)


def expected(truth, from_ms, offset=OFFSET):
    """What tickd is to have of them: doc/mt5_protocol.md and tickd/mt5/mt5_place.h."""
    rows = []
    for ms, place, bid, ask, last, volume, flags in truth:
        if ms < from_ms or (bid == ask == last == 0):
            continue
        deal = last != 0 and flags & (8 | 16 | 32 | 64)
        rows.append(((ms - offset * 1000) * 1000, place, e8(bid) or None, e8(ask) or None,
                     e8(last) if deal else None, e8(volume) if deal else None, 2 | flags << 8))
    return rows


def begin(site, **values):
    """tickd's port and token."""
    port = free_port()
    token = set_mt5(site, **values)
    site.set("mt5", listen=f"127.0.0.1:{port}")
    return port, token


def is_stored(site, terminal, source="mt5", **options):
    if not terminal.truth_file.exists():
        return False
    return all(stored.rows(site.database("ticks"), ROWS, source, name)[-1:] ==
               expected(rows, 0, **options)[-1:] for name, rows in terminal.truth().items())


def check_stored(site, terminal, source="mt5", from_ms=M5_MS, **options):
    for name, rows in terminal.truth().items():
        assert stored.rows(site.database("ticks"), ROWS, source, name) == \
            expected(rows, from_ms, **options), name
    assert stored.integrity(site.database("ticks")) == "ok"


def test_either_side_is_killed_and_no_tick_is_lost_or_stored_twice(site):
    port, token = begin(site)
    chance = random.Random(7)
    ticks = KILLS * 500
    more = STREAMS.replace("20 4000", f"20 {ticks}").replace("5 1000", f"5 {ticks // 4}")
    terminal = Terminal(site, port, script(more=more), token=token)
    tickd = site.start("tickd")
    terminal.start()
    database = site.database("ticks")
    for _ in range(KILLS):
        until = (stored.value(database, "SELECT count(*) FROM unified_ticks") or 0) + \
            chance.randrange(300)
        wait_until(lambda: (stored.value(database, "SELECT count(*) FROM unified_ticks") or 0) >= until,
                   60, "ticks before the next kill")
        if chance.random() < 0.5:
            terminal.kill()
            terminal.start()
        else:
            tickd.kill()
            tickd = site.start("tickd")
    wait_until(lambda: is_stored(site, terminal), 120, "the last tick")
    check_stored(site, terminal)


def test_two_brokers_with_clocks_of_their_own_are_two_sources(site):
    port, token = begin(site)
    other = set_mt5(site, token="another-token-0123456789", section="mt5.demo")
    site.set("mt5", listen=f"127.0.0.1:{port}")
    first = Terminal(site, port, script(more=STREAMS), name="first", token=token)
    second = Terminal(site, port, script(-18000, 7654321, STREAMS), name="second", token=other)
    site.start("tickd")
    first.start()
    second.start()
    wait_until(lambda: is_stored(site, first) and is_stored(site, second, "demo", offset=-18000), 60)
    check_stored(site, first)
    from_ms = (START - OFFSET - 18000) // 300 * 300_000
    check_stored(site, second, "demo", from_ms, offset=-18000)


def test_it_comes_over_tls(site):
    certificate, key = make_certificate(site.folder, "tickd")
    port, token = begin(site, certificate=certificate, key=key)
    site.start("tickd")
    terminal = Terminal(site, port, script(more=STREAMS), "--tls", certificate, token=token).start()
    wait_until(lambda: is_stored(site, terminal), 60)
    check_stored(site, terminal)


def test_a_wrong_token_is_said_in_the_journal(site):
    port, _ = begin(site)
    site.start("tickd")
    terminal = Terminal(site, port, script(), token="some-other-token-of-old").start()
    wait_until(lambda: "tickd says token: " in terminal.text())


def test_bars_before_the_first_tick_become_candles(site):
    port, token = begin(site, history="2d")
    site.start("tickd")
    Terminal(site, port, script(more="BARS EURUSD 500\n" + STREAMS), token=token).start()
    found = wait_until(lambda: len(stored.rows(
        site.database("ticks"), "SELECT 1 FROM m5_candles JOIN symbols USING (symbol_id) WHERE"
        " symbol = 'EURUSD' AND source = 'mt5' AND open_time_us < ?",
        (M5_MS - OFFSET * 1000) * 1000)) == 500, 30)
    assert found


# ---- positions and actions ----

POSITION = "POSITION 5 EURUSD buy 0.10 1.10000 1.09000 1.12000 -60 mine\n"


def positions(site):
    return stored.rows(site.database("ticks"), "SELECT ticket, direction, volume_e8, stop_loss_e8,"
                       " closed_us IS NOT NULL FROM positions ORDER BY ticket")


def test_positions_are_stored_from_their_opening_to_the_stop(site):
    """A terminal that shows none while it starts closes none."""
    port, token = begin(site)
    site.start("tickd")
    more = STREAMS + POSITION + "CLOSE 5 60 1.09 sl\n"
    terminal = Terminal(site, port, script(more=more), token=token).start()
    wait_until(lambda: positions(site) == [(5, "BUY", 10_000_000, 109_000_000, 0)])
    terminal.kill()
    terminal.script.write_text(terminal.script.read_text() + "FAIL positions 30\n")
    terminal.start()
    wait_until(lambda: positions(site) == [(5, "BUY", 10_000_000, 109_000_000, 1)])
    events = stored.rows(site.database("ticks"), "SELECT kind, price_e8, reason, time_us"
                         " FROM position_events ORDER BY seq")
    assert [row[:3] for row in events] == [("open", None, None), ("closed", 109_000_000, "sl")]


class Desk:
    """analysisd's part is played here: what it would decide is written into its database."""

    def __init__(self, site, more):
        self.site, self.number = site, 0
        site.set("dtms", mode="execute")
        port, token = begin(site)
        self.tickd = site.start("tickd")
        assert site.start("analysisd").stop() == 0
        script_text = script(more=STREAMS + POSITION + more).replace("SPEED 20", "SPEED 1")
        self.terminal = Terminal(site, port, script_text, "--orders", token=token).start()
        wait_until(lambda: positions(site), what="the position")

    def decide(self, kind, parameters, seconds=60):
        """Returns its action_id."""
        self.number += 1
        now = stored.value(self.site.database("ticks"), "SELECT max(newest_us) FROM symbols")
        action_id = f"1234567/5/A>B/{self.number}/{kind}"
        connection = sqlite3.connect(self.site.database("analysis"), timeout=10)
        with connection:
            connection.execute(
                "INSERT INTO dtms_actions(action_id, token, account, ticket, registered_us, source,"
                " symbol, action_type, parameters, reason, state_from, state_to, market, mode, status,"
                " time_us, expires_us, created_us) VALUES (?, ?, '1234567', 5, 1, 'mt5', 'EURUSD', ?, ?,"
                " 'test', 'A', 'B', '{}', 'execute', 'pending', ?, ?, 1)",
                (action_id, f"tdm{self.number:016x}", kind, parameters, now,
                 now + seconds * 1_000_000))
        connection.close()
        return action_id

    def results(self, action_id):
        return stored.rows(self.site.database("ticks"), "SELECT status, retcode FROM action_results"
                           " WHERE action_id = ? ORDER BY seq", action_id)

    def outcome(self, action_id, seconds=60):
        wait_until(lambda: self.results(action_id)[-1:] and self.results(action_id)[-1][0] != "sent",
                   seconds, "an outcome")
        return self.results(action_id)[-1]


HEDGE = '{"direction": "SELL", "volume": "0.05", "stop_loss": "1.12", "atr": 0.001}'


def test_an_action_is_ordered_by_the_terminal_and_done(site):
    desk = Desk(site, "")
    assert desk.outcome(desk.decide("open_hedge", HEDGE)) == ("done", 10009)
    wait_until(lambda: [row[:3] for row in positions(site)][1:] ==
               [(100001, "SELL", 5_000_000)], what="the hedge is a position")
    close = desk.decide("close_all", '{"hedge_ticket": 100001, "hedge_volume": "0.05",'
                        ' "ticket": 5, "volume": "0.10"}')
    assert desk.outcome(close) == ("done", 10009)
    wait_until(lambda: all(row[4] for row in positions(site)), what="all are closed")
    assert len(desk.terminal.rows("orders")) == 3


def test_a_closed_market_is_waited_for(site):
    desk = Desk(site, "ORDER 1 closed\nORDER 2 busy\n")
    assert desk.outcome(desk.decide("open_hedge", HEDGE)) == ("done", 10009)
    assert len(desk.terminal.rows("sends")) == 3


def test_an_order_that_came_late_is_asked_after_and_found(site):
    desk = Desk(site, "ORDER 1 late 3000\n")
    assert desk.outcome(desk.decide("open_hedge", HEDGE)) == ("done", 10009)
    assert len(desk.terminal.rows("sends")) == 1


@pytest.mark.parametrize("when, orders", [("kill_before", 0), ("kill_after", 1)])
def test_a_terminal_that_dies_over_an_order_orders_it_once_at_most(site, when, orders):
    desk = Desk(site, f"ORDER 1 {when}\n")
    process = desk.terminal.process
    action = desk.decide("open_hedge", HEDGE)
    wait_until(lambda: not process.running())
    desk.terminal.start()
    wait_until(lambda: mt5_feed(site).get("state") == "live" and listening(site))
    if orders:
        assert desk.outcome(action) == ("done", 10009)
    else:
        wait_until(lambda: len(desk.terminal.text().split("connected,")) > 1)
        assert desk.results(action) == [("sent", None)]
    assert len(desk.terminal.rows("sends")) == 1
    assert len(desk.terminal.rows("orders")) == orders
