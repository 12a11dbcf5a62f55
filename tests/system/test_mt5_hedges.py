"""A BUY that falls until it is hedged, and then is closed: whoever is killed on the way."""
import random
import time

import pytest
from harness import places, stored
from harness.mt5_terminal import Gone
from harness.waiting import wait_until
from test_mt5_trades import Fall

OVER = "SELECT action_id, status FROM action_results WHERE status <> 'sent'"


class SlowFall(Fall):
    """So slow that structure breaks (BOS) and never changes (CHOCH): 0.25 % are too much in M15."""

    def go_on(self, seconds=30):
        for _ in range(seconds):
            self.broker.clock_ms += 1000
            self.symbol.price -= self.broker.chance.random() < 0.12
            self.symbol.add(self.broker.clock_ms)
        self.terminal.pump()
        self.answer_all()

    def buy(self):
        ticket = self.venue.open("EURUSD", "buy", "0.50", self.price(), self.broker.clock_ms,
                                 sl=self.symbol.text(self.symbol.price - 6000))
        self.report()
        return ticket

    def answer_all(self):
        """What has come of a connection that ended is not done any more."""
        for message in self.terminal.connection.waiting():
            self.terminal.take(message)
        said, self.terminal.said = self.terminal.said, []
        connection = self.terminal.connection
        for message in said:
            if message["type"] == "action" and self.terminal.connection is connection:
                self.on_action(message)

    def state(self):
        found = self.trades()
        return found[0][5] if found else None

    def over(self):
        return dict(stored.rows(self.site.database("ticks"), OVER))

    def wait_answered(self):
        """All that is pending has come to its end at tickd: the market waits, for it is too fast."""
        def answered():
            self.answer_all()
            over = self.over()
            return all(action_id in over for action_id, _, status, _ in self.actions()
                       if status in ("pending", "sent"))
        wait_until(answered, 90, "each is answered")

    def until_state(self, state, minutes=240):
        for _ in range(2 * minutes):
            self.go_on()
            self.wait_decided()
            self.wait_answered()
            if self.state() == state:
                return
        raise AssertionError(f"it is {self.state()}, never {state}: {self.actions()}")

    # ---- what is to hold ----

    def ordered(self):
        """The orders that were really carried out, by action."""
        found = {}
        for action_id, order in self.venue.ordered:
            found.setdefault(action_id, []).append(order)
        return found

    def check_orders(self):
        """Each ordered once, as one line said it; `done` is said of these, once each, and of no other."""
        ordered = self.ordered()
        for action_id, orders in ordered.items():
            lines = [action["orders"] for action in self.orders_seen
                     if action["action_id"] == action_id and not action["check"]]
            assert orders in lines, (action_id, orders, lines)
        done = [row[0] for row in stored.rows(
            self.site.database("ticks"), "SELECT action_id FROM action_results"
            " WHERE status = 'done'")]
        assert sorted(done) == sorted(ordered)
        statuses = {action_id: status for action_id, _, status, _ in self.actions()}
        for action_id, _, status, _ in self.actions():
            if action_id in ordered:
                assert status == "done", (action_id, self.actions())
        assert set(ordered) <= set(statuses)

    def check_belief(self):
        """What is open at the venue is what tickd stores and what DTMS believes."""
        stored_open = stored.rows(
            self.site.database("ticks"), "SELECT ticket, direction, volume_e8, stop_loss_e8, comment"
            " FROM positions WHERE closed_us IS NULL ORDER BY ticket")
        assert stored_open == [
            (one["ticket"], one["type"].upper(), round(float(one["volume"]) * 1e8),
             round(float(one["sl"]) * 1e8), one["comment"])
            for _, one in sorted(self.venue.positions.items())]
        believed = stored.rows(
            self.site.database("analysis"), "SELECT ticket, current_volume_e8 FROM dtms_trades"
            " WHERE state <> 'CLOSED' UNION ALL SELECT ticket, volume_e8 FROM dtms_adopted"
            " WHERE closed_us IS NULL ORDER BY ticket")
        assert believed == [(row[0], row[2]) for row in stored_open]


def begin(site):
    fall = SlowFall(site, "execute").start()
    fall.go_on(60)
    return fall


def of_type(fall, kind, status="done"):
    return [row[0] for row in fall.actions(status) if row[1] == kind]


def test_a_falling_buy_is_hedged_once_and_close_all_ends_both(site):
    fall = begin(site)
    ticket = fall.buy()
    fall.until_state("HEDGED")
    fall.go_on()
    fall.go_on()
    fall.wait_decided()
    hedging, = of_type(fall, "open_hedge")
    action, = [one for one in fall.orders_seen if one["action_id"] == hedging]
    hedge, = [one for one in fall.venue.positions.values() if one["ticket"] != ticket]
    assert (hedge["type"], hedge["comment"]) == ("sell", action["token"])
    left = float(fall.venue.positions[ticket]["volume"])
    assert 0 < left <= 0.5 and float(hedge["volume"]) == round(left / 2 - 0.0049, 2)
    assert stored.rows(site.database("analysis"), "SELECT account, ticket, source, parent_ticket,"
                       " kind, closed_us FROM dtms_adopted") == [
        ("1001", hedge["ticket"], "mt5", ticket, "hedge", None)]
    assert [row[1] for row in fall.trades()] == [ticket]  # the hedge is no trade of its own
    fall.check_belief()
    fall.until_state("CLOSED")
    assert fall.venue.positions == {}
    closing, = of_type(fall, "close_all")
    assert [(order["do"], order["ticket"]) for order in fall.ordered()[closing]] == [
        ("close", hedge["ticket"]), ("close", ticket)]
    fall.check_orders()
    fall.check_belief()


class Storm(SlowFall):
    """At random moments, also while an action is under way, someone is killed or cut off."""

    def __init__(self, site, seed):
        super().__init__(site, "execute")
        self.dice = random.Random(seed)
        self.kills = dict.fromkeys(("cut", "tickd", "analysisd"), 0)
        self.lost = 0  # results that nobody heard

    def strike(self, who=None):
        who = who or self.dice.choice(("cut", "tickd", "analysisd"))
        self.kills[who] += 1
        if who == "analysisd":
            self.analysisd.kill()
            self.analysisd = self.site.start("analysisd")
            return
        if who == "tickd":
            self.tickd.kill()
            self.tickd = self.site.start("tickd")
        self.terminal.leave()
        self.come_back()

    def come_back(self):
        """A terminal tries again, also where tickd has just begun."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return self.connect()
            except (Gone, OSError):
                assert time.monotonic() < deadline
                self.terminal.leave()

    def go_on(self, seconds=30):
        super().go_on(seconds)
        if self.dice.random() < 0.06:
            self.strike()

    def wait_answered(self):
        """Now and then someone dies while an action is on its way to the terminal."""
        if self.actions("pending") and self.dice.random() < 0.4:
            self.strike()
        super().wait_answered()

    def on_action(self, action):
        """Lost before it is ordered, or behind it, refused for now, or answered as it should be."""
        self.orders_seen.append(action)
        fate = "answered" if action["check"] else self.dice.choice(
            ("unread", "unheard", "unheard", "refused", "answered", "answered"))
        if fate != "unread":
            result = self.venue.answer(action, self.price(), self.broker.clock_ms,
                                       self.dice.choice((10004, 10018, 10024))
                                       if fate == "refused" else 10009)
        if fate in ("unread", "unheard"):
            self.lost += 1
            self.strike(self.dice.choice(("cut", "tickd")))
            return
        if self.dice.random() < 0.3:
            self.strike("analysisd")
        self.terminal.connection.send(result)
        self.report()


@pytest.mark.parametrize("seed", range(1, 9) if places.long_run() else [1])
def test_whoever_is_killed_each_is_ordered_once_and_all_agree_in_the_end(site, seed):
    fall = Storm(site, seed).start()
    fall.go_on(60)
    fall.buy()
    fall.until_state("HEDGED")
    fall.until_state("CLOSED")
    assert fall.venue.positions == {}
    fall.check_orders()
    fall.check_belief()
    assert sum(fall.kills.values()) >= 10 and all(fall.kills.values()), fall.kills
    assert fall.lost >= 2
    assert len(of_type(fall, "open_hedge")) <= 1
