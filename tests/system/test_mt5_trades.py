"""Open positions of a terminal: reported, watched by DTMS, acted upon where that is wanted."""
import time

import pytest
from harness import stored
from harness.broker import Broker
from harness.mt5_terminal import Gone, Terminal, set_mt5
from harness.venue import Venue
from harness.waiting import wait_until

pytestmark = pytest.mark.asan
M5_MS = 300_000


# ---- setting up ----

class Fall:
    """A terminal whose market goes down for hours, so that a BUY is soon warned of."""

    def __init__(self, site, mode="advise", section="mt5", server="Broker-Demo", seed=1, **values):
        token = set_mt5(site, token=f"the-token-of-{section}", section=section, **values)
        site.set("dtms", mode=mode)
        self.site, self.venue, self.source = site, Venue(), section.rpartition(".")[2]
        self.broker = Broker(seed, symbols=(("EURUSD", 5, 1.1),))
        self.symbol = self.broker.symbols["EURUSD"]
        self.terminal = Terminal(site, self.broker, token, server=server, section=section)
        self.results, self.retcode = [], 10009
        self.orders_seen = []

    def start(self):
        self.tickd = self.site.start("tickd")
        self.analysisd = self.site.start("analysisd")
        self.connect()
        return self

    def connect(self):
        self.terminal.connect()
        self.bars()
        self.terminal.connection.send(self.venue.account())
        self.report()

    def bars(self):
        """Three days of candles before the first tick, rising, then falling."""
        for name, from_s in self.terminal.welcome["bars"].items():
            end_s = self.broker.start_ms // 1000
            first_s = max(from_s - from_s % 300, end_s - 3 * 86400)
            bars, price = [], 1.1 + 0.0001
            for time_s in range(end_s - 300, first_s - 300, -300):
                before = price + 0.00002 + 0.00003 * ((time_s // 300) % 5 - 2)
                bars.append([time_s, f"{before:.5f}", f"{max(before, price) + 0.00004:.5f}",
                             f"{min(before, price) - 0.00004:.5f}", f"{price:.5f}", 50, 2, "10"])
                price = before
            self.terminal.connection.send({"type": "bars", "symbol": name, "timeframe": "M5",
                                           "last": True, "bars": bars[::-1]})

    def report(self, complete=True):
        self.terminal.connection.send(self.venue.report(complete))

    def price(self):
        return next(tick[1] for tick in reversed(self.symbol.ticks) if tick[1] != "0")

    def go_on(self, seconds=30):
        """So much of the broker's time, falling, stored and acknowledged."""
        for _ in range(seconds):
            self.broker.clock_ms += 1000
            self.symbol.price -= self.broker.chance.choice((0, 0, 1))
            self.symbol.add(self.broker.clock_ms)
        self.terminal.pump()
        self.answer_all()

    def answer_all(self):
        for message in self.terminal.connection.waiting():
            self.terminal.take(message)
        said, self.terminal.said = self.terminal.said, []
        for message in said:
            if message["type"] == "action":
                self.on_action(message)

    def on_action(self, action):
        self.orders_seen.append(action)
        self.terminal.connection.send(self.venue.answer(action, self.price(), self.broker.clock_ms,
                                                        self.retcode))
        self.report()

    def buy(self, **values):
        ticket = self.venue.open("EURUSD", "buy", "0.50", self.price(), self.broker.clock_ms,
                                 sl=self.symbol.text(self.symbol.price - 900), **values)
        self.report()
        return ticket

    def trades(self):
        return stored.rows(self.site.database("analysis"), "SELECT account, ticket, source, symbol,"
                           " direction, state, origin FROM dtms_trades WHERE source = ?"
                           " ORDER BY ticket", self.source)

    def actions(self, status="%"):
        return stored.rows(self.site.database("analysis"), "SELECT action_id, action_type, status,"
                           " error FROM dtms_actions WHERE source = ? AND status LIKE ?"
                           " ORDER BY id", self.source, status)

    def wait_decided(self):
        """analysisd has decided all that the ticks allow."""
        clock = stored.value(self.site.database("ticks"), "SELECT max(newest_us) FROM symbols"
                             " WHERE source = ?", self.source)
        wait_until(lambda: (stored.value(self.site.database("analysis"), "SELECT next_us FROM"
                                         " dtms_progress WHERE source = ?", self.source)
                            or 0) > clock - 2_000_000, what="decided")

    def wait_taken(self):
        """What is pending has left for the terminal: the market waits, for it is far too fast."""
        wait_until(lambda: self.answer_all() or all(
            stored.rows(self.site.database("ticks"), "SELECT 1 FROM action_results WHERE"
                        " action_id = ?", action_id) and self.was_seen(action_id)
            for action_id, *_ in self.actions("pending")), what="it has left")

    def was_seen(self, action_id):
        return any(action["action_id"] == action_id for action in self.orders_seen)

    def until(self, condition, minutes=400):
        return until([self], condition, minutes)


def until(falls, condition, minutes=400):
    """Lets the markets go on, half a minute at a time, each decided."""
    for _ in range(2 * minutes):
        for fall in falls:
            fall.go_on()
            fall.wait_decided()
            fall.wait_taken()
        found = condition()
        if found:
            return found
    raise AssertionError("the market went on and nothing came of it")


def begin_watched(site, mode="advise", **values):
    fall = Fall(site, mode, **values).start()
    fall.go_on(60)
    return fall


# ---- positions ----

def test_positions_of_a_terminal_are_watched_by_themselves_and_end_when_it_says_so(site):
    fall = begin_watched(site)
    ticket = fall.buy()
    fall.until(fall.trades)
    assert [row[:5] for row in fall.trades()] == [("1001", ticket, "mt5", "EURUSD", "BUY")]
    assert fall.trades()[0][6] == "venue"
    closed = fall.venue.close(ticket, fall.price(), fall.broker.clock_ms, "sl")
    fall.terminal.connection.send(closed)
    fall.report()
    fall.until(lambda: fall.trades()[0][5] == "CLOSED")
    last = stored.rows(site.database("ticks"), "SELECT kind, price_e8 IS NOT NULL, profit, reason"
                       " FROM position_events ORDER BY seq")[-1]
    assert last == ("closed", 1, -1.5, "sl")
    assert fall.analysisd.running() and fall.tickd.running()


def test_an_incomplete_report_closes_nothing_and_a_complete_one_does(site):
    fall = begin_watched(site)
    ticket = fall.buy()
    fall.until(fall.trades)
    position = fall.venue.positions.pop(ticket)
    fall.report(complete=False)
    for _ in range(6):
        fall.go_on()
        fall.wait_decided()
    assert fall.trades()[0][5] != "CLOSED"
    fall.venue.positions[ticket] = position
    fall.report()
    fall.venue.positions.clear()
    fall.report()
    fall.until(lambda: fall.trades()[0][5] == "CLOSED")
    events = stored.rows(site.database("ticks"), "SELECT kind, reason FROM position_events"
                         " ORDER BY seq")
    assert events == [("open", None), ("closed", "gone")]


def test_what_closed_while_tickd_was_away_is_asked_for_and_told(site):
    fall = begin_watched(site)
    ticket = fall.buy()
    fall.until(fall.trades)
    fall.tickd.kill()
    fall.terminal.leave()
    closed = fall.venue.close(ticket, fall.price(), fall.broker.clock_ms, "tp")
    fall.tickd = site.start("tickd")
    fall.terminal.connect()
    assert fall.terminal.welcome["open"] == [ticket]
    fall.terminal.connection.send(closed)
    fall.report()
    fall.until(lambda: fall.trades()[0][5] == "CLOSED")
    assert stored.rows(site.database("ticks"), "SELECT kind, reason FROM position_events"
                       " ORDER BY seq")[-1] == ("closed", "tp")


def test_equal_accounts_and_tickets_of_two_brokers_are_two_trades_with_actions_of_their_own(site):
    near = Fall(site, "execute")
    far = Fall(site, "execute", section="mt5.far", server="Far-Live", seed=2)
    falls = {"1001": near, "1001@Far-Live": far}
    near.start()
    far.connect()
    for fall in falls.values():
        fall.go_on(60)
        assert fall.buy() == 1001 and fall.terminal.account == "1001"
    until(falls.values(), lambda: all(len(fall.actions("done")) >= 2 for fall in falls.values()))
    for account, fall in falls.items():
        assert [row[:5] for row in fall.trades()] == [
            (account, 1001, fall.source, "EURUSD", "BUY")]
        assert all(row[0].startswith(f"{account}/1001/") for row in fall.actions())
        seen = {action["action_id"] for action in fall.orders_seen}
        assert seen and seen <= {row[0] for row in fall.actions()}
        assert fall.venue.ordered
    # The end of the one is not that of the other, also after both came again.
    closed = near.venue.close(1001, near.price(), near.broker.clock_ms, "sl")
    near.terminal.connection.send(closed)
    near.report()
    until(falls.values(), lambda: near.trades()[0][5] == "CLOSED")
    assert far.trades()[0][5] != "CLOSED"
    near.tickd.kill()
    near.tickd = site.start("tickd")
    for fall in falls.values():
        fall.terminal.leave()
        fall.connect()
    assert 1001 not in near.terminal.welcome["open"] and 1001 in far.terminal.welcome["open"]
    assert far.trades()[0][0] == "1001@Far-Live"


# ---- actions ----

def test_in_advise_mode_nothing_is_sent(site):
    fall = begin_watched(site)
    assert fall.terminal.welcome["mode"] == "advise"
    fall.buy()
    fall.until(lambda: len(fall.actions("advised")) >= 2)
    assert fall.orders_seen == [] and fall.actions("pending") == []
    assert stored.rows(site.database("ticks"), "SELECT * FROM action_results") == []


def test_in_execute_mode_an_action_is_ordered_once_and_is_done_when_the_venue_says_so(site):
    fall = begin_watched(site, "execute")
    assert fall.terminal.welcome["mode"] == "execute"
    ticket = fall.buy()
    fall.until(lambda: len(fall.actions("done")) >= 2)
    sent = [action["action_id"] for action in fall.orders_seen if not action["check"]]
    assert len(sent) == len(set(sent)) and sent
    for action in fall.orders_seen:
        assert action["ticket"] == ticket and action["symbol"] == "EURUSD"
    for action_id, *_ in fall.actions("done"):
        if action_id in sent:
            statuses = [row[0] for row in stored.rows(
                site.database("ticks"), "SELECT status FROM action_results WHERE action_id = ?"
                " ORDER BY seq", action_id)]
            assert statuses == ["sent", "done"]


def test_what_the_venue_refuses_is_failed_with_the_meaning_of_its_code(site):
    fall = begin_watched(site, "execute")
    fall.retcode = 10019
    fall.buy()
    found = fall.until(lambda: fall.actions("failed"))
    assert "money" in found[0][3]
    assert fall.venue.ordered == []


@pytest.mark.parametrize("who", ["the connection", "tickd"])
@pytest.mark.parametrize("ordered", [True, False])
def test_an_unknown_outcome_is_asked_after_and_never_ordered_twice(site, who, ordered):
    """The action has left; before its result comes, the connection or tickd is gone."""
    fall = begin_watched(site, "execute")
    fall.buy()
    fall.on_action = fall.orders_seen.append  # nothing is answered
    fall.until(lambda: fall.orders_seen)
    action = fall.orders_seen[0]
    assert action["check"] is False
    if ordered:
        fall.venue.answer(action, fall.price(), fall.broker.clock_ms)
    if who == "tickd":
        fall.tickd.kill()
        fall.tickd = site.start("tickd")
    fall.terminal.leave()
    del fall.on_action
    fall.connect()
    wait_answered(fall, action["action_id"])
    again = [seen for seen in fall.orders_seen[1:] if seen["action_id"] == action["action_id"]]
    assert again[0]["check"] is True
    assert [one for one in fall.venue.ordered if one[0] == action["action_id"]].__len__() == len(
        action["orders"])
    fall.go_on()
    fall.until(lambda: (action["action_id"],) in [row[:1] for row in fall.actions("done")], 5)


def wait_answered(fall, action_id, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            message = fall.terminal.connection.receive(timeout=0.2)
        except TimeoutError:
            message = None
        except Gone:
            break
        if message is not None:
            fall.terminal.take(message)
        fall.answer_all()
        if stored.rows(fall.site.database("ticks"), "SELECT 1 FROM action_results WHERE"
                       " action_id = ? AND status <> 'sent'", action_id):
            return
    raise AssertionError("nothing became of it")


def test_an_action_that_nobody_could_take_in_time_is_never_ordered(site):
    fall = begin_watched(site, "execute")
    fall.buy()
    fall.on_action = fall.orders_seen.append
    fall.until(lambda: fall.orders_seen)
    action = fall.orders_seen[0]
    fall.terminal.leave()
    for _ in range(4):  # two minutes of the broker's time, which nobody sees
        fall.broker.clock_ms += 30_000
    del fall.on_action
    fall.orders_seen.clear()
    fall.connect()
    fall.go_on(5)
    wait_until(lambda: answered(fall, action["action_id"]), what="it has failed")
    assert not any(seen["action_id"] == action["action_id"] and not seen["check"]
                   for seen in fall.orders_seen)
    assert fall.venue.ordered == []
    status = stored.rows(site.database("ticks"), "SELECT status FROM action_results WHERE"
                         " action_id = ? ORDER BY seq", action["action_id"])
    assert status[-1] == ("failed",)


def answered(fall, action_id):
    fall.answer_all()
    return stored.rows(fall.site.database("ticks"), "SELECT 1 FROM action_results WHERE"
                       " action_id = ? AND status <> 'sent'", action_id)
