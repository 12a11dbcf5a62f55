"""The service of the MetaTrader terminal, run in a terminal of ours (tests/mt5) and talking to a
tickd in Python that breaks off, forgets and repeats: harness/mt5_server.py."""
import calendar
import random
import time

import pytest

from harness import places
from harness.certificates import make_certificate
from harness.mt5_server import Mt5Server, Terminal

SERVICE = places.ROOT / "mt5/TradingBridge.mq5"
OFFSET = 10800
START = calendar.timegm((2024, 8, 19, 9, 58, 30)) + OFFSET  # the broker's time, Monday
M5 = START // 300 * 300
SCRIPT = f"""
START 2024-08-19T09:58:30
OFFSET {OFFSET}
CLOCK 20
ACCOUNT 1234567 Broker-Demo hedging USD 10000
SYMBOL EURUSD 5 1.10000
"""
POSITION = SCRIPT + "POSITION 5 EURUSD buy 0.10 1.10000 1.09000 1.12000 -60 mine\n"


@pytest.fixture
def server():
    one = Mt5Server()
    yield one
    one.stop()
    assert not one.faults


def ticks_since(truth, from_ms):
    return [row for row in truth if row[0] >= from_ms]


def all_there(server, truth, from_ms=M5 * 1000):
    return all(server.ticks.get(name, [None])[-1] == rows[-1] and
               len(server.ticks[name]) >= len(ticks_since(rows, from_ms))
               for name, rows in truth.items())


def assert_same(server, truth, from_ms=M5 * 1000):
    for name, rows in truth.items():
        assert server.ticks[name] == ticks_since(rows, from_ms), name


# ---- ticks ----


def test_every_tick_comes_once_and_in_order_over_breaks_and_kills(site, server, wait_until):
    """Twenty connections that end anywhere, six kills of the terminal, and all its faults."""
    server.breaks_most, server.break_chance, server.commit_every = 20, 0.03, 3
    script = SCRIPT + """
SPEED 20
SYMBOL USDJPY 3 145.000
SYMBOL XAUUSD 2 2500.00
STREAM EURUSD 1 20 6000 -40
STREAM USDJPY 2 10 3000 -40
STREAM XAUUSD 3 5 1500 -40
FAIL ticks 17
FAIL half 13
FAIL short 5
FAIL read 7
FAIL send 301
FAIL connect 1
GUESS
"""
    terminal = Terminal(site, server.port, script).start()
    kills = random.Random(5)
    for _ in range(6):
        time_to_die = len(server.lines) + kills.randrange(5, 60)
        wait_until(lambda: len(server.lines) >= time_to_die, 30, "lines before the next kill")
        terminal.kill()
        terminal.start()
    truth = terminal.truth()
    wait_until(lambda: all_there(server, truth), 60, "the last tick")
    assert server.breaks == 20
    assert_same(server, truth)
    flags = {row[-1] for rows in server.ticks.values() for row in rows}
    assert any(flag & 128 for flag in flags)
    assert any(row[2] == row[3] == 0 for rows in server.ticks.values() for row in rows)
    assert any(row[1] > 0 for rows in server.ticks.values() for row in rows)


def test_a_symbol_without_a_mark_begins_at_the_present_m5_candle(site, server, wait_until):
    script = SCRIPT + f"TICK EURUSD -{(START - M5) * 1000 + 1} 1 2 0 0 6\n" + \
        f"TICK EURUSD -{(START - M5) * 1000} 1.1 1.2 0 0 6\nTICK EURUSD -5 1.3 1.4 0 0 6\n"
    terminal = Terminal(site, server.port, script).start()
    wait_until(lambda: len(server.ticks.get("EURUSD", [])) == 2)
    assert server.from_msc == {"EURUSD": [M5 * 1000]}
    assert_same(server, terminal.truth())


def test_a_millisecond_that_grows_goes_on_where_it_was(site, server, wait_until):
    """Ten ticks of one millisecond, of which three are committed."""
    rows = "".join(f"TICK EURUSD -5000 1.1000{i} 1.2 0 0 6\n" for i in range(10))
    server.marks["EURUSD"] = (START * 1000 - 5000, 3)
    terminal = Terminal(site, server.port, SCRIPT + rows).start()
    wait_until(lambda: len(server.ticks.get("EURUSD", [])) == 7)
    assert server.ticks["EURUSD"] == terminal.truth()["EURUSD"][3:]
    assert not server.from_msc


def test_where_the_history_begins_behind_the_mark_the_hole_is_said(site, server, wait_until):
    server.marks["EURUSD"] = ((START - 900) * 1000, 2)
    Terminal(site, server.port, SCRIPT + "TICK EURUSD -5000 1.1 1.2 0 0 6\n").start()
    wait_until(lambda: server.ticks.get("EURUSD"))
    assert server.from_msc == {"EURUSD": [(START - 5) * 1000]}


def test_after_an_absence_the_symbols_go_forward_together(site, server, wait_until):
    """Half an hour, one symbol ten times as busy as the other."""
    script = SCRIPT + """
SYMBOL USDJPY 3 145.000
STREAM EURUSD 1 20 60000 -1800
STREAM USDJPY 2 2 6000 -1800
"""
    began = (START - 1800) * 1000
    server.marks = {"EURUSD": (began, 0), "USDJPY": (began, 0)}
    terminal = Terminal(site, server.port, script).start()
    wait_until(lambda: all(server.marks[name][0] > (START - 60) * 1000 for name in server.marks), 60)
    terminal.kill()
    newest = dict.fromkeys(server.marks, began)
    for name, first, last in server.lines:
        assert first - min(newest.values()) <= 2 * 60000 + 1000
        newest[name] = last
    for name, rows in server.ticks.items():
        assert rows == terminal.truth()[name][:len(rows)]


def test_ticks_wait_for_acks_and_lines_stay_short(site, server, wait_until):
    """400 000 ticks, which are not acked at first: the fixture's faults say what would be too much."""
    server.acks = False
    server.marks["EURUSD"] = ((START - 1000) * 1000, 0)
    terminal = Terminal(site, server.port, SCRIPT + "STREAM EURUSD 1 2000 400000 -900\n").start()
    wait_until(lambda: len(server.lines) >= 64, 30)
    pings = server.pings
    wait_until(lambda: server.pings > pings + 1)
    assert len(server.lines) == 64
    server.acks = True
    wait_until(lambda: all_there(server, terminal.truth()), 60)
    assert_same(server, terminal.truth(), 0)


def test_a_change_of_the_brokers_clock_loses_no_tick(site, server, wait_until):
    script = SCRIPT + "SPEED 30\nDST 120 14400\nSTREAM EURUSD 1 5 1500 -30\n"
    terminal = Terminal(site, server.port, script).start()
    truth = terminal.truth_file
    wait_until(truth.exists)
    wait_until(lambda: all_there(server, terminal.truth()), 60)
    assert_same(server, terminal.truth())


def test_ticks_of_a_time_without_the_broker_come_afterwards(site, server, wait_until):
    script = SCRIPT + "SPEED 30\nOFFLINE 20 150\nSTREAM EURUSD 1 5 1000 -30\n"
    terminal = Terminal(site, server.port, script).start()
    wait_until(terminal.truth_file.exists)
    wait_until(lambda: all_there(server, terminal.truth()), 60)
    assert_same(server, terminal.truth())


def test_it_speaks_tls(site, wait_until):
    pair = make_certificate(site.folder, "tickd")
    server = Mt5Server(certificate=pair)
    script = SCRIPT + "SPEED 20\nFAIL short 5\nSTREAM EURUSD 1 50 6000 -40\n"
    terminal = Terminal(site, server.port, script, "--tls", pair[0]).start()
    wait_until(terminal.truth_file.exists)
    wait_until(lambda: all_there(server, terminal.truth()), 60)
    assert_same(server, terminal.truth())
    server.stop()
    assert not server.faults


def test_an_unknown_certificate_is_refused(site, wait_until):
    server = Mt5Server(certificate=make_certificate(site.folder, "tickd"))
    other, _ = make_certificate(site.folder, "other")
    terminal = Terminal(site, server.port, SCRIPT, "--tls", other).start()
    wait_until(lambda: "no TLS" in terminal.text())
    server.stop()
    assert not server.hellos


# ---- hello, bars, the line ----


def test_hello_says_what_the_protocol_wants(site, server, wait_until):
    script = SCRIPT + "SYMBOL DE40 1 18000.0 volume_min 0.1 volume_step 0.1 stops 50 tick_size 0.5\n"
    Terminal(site, server.port, script, "--symbols", " DE40 , NOSUCH, EURUSD").start()
    wait_until(lambda: server.hellos)
    hello = server.hellos[0]
    assert (hello["version"], hello["token"], hello["account"]) == (1, "a-token-of-the-tests", 1234567)
    assert (hello["server"], hello["margin_mode"], hello["currency"]) == \
        ("Broker-Demo", "hedging", "USD")
    assert hello["time_server"] - hello["time_gmt"] == OFFSET
    assert [one["name"] for one in hello["symbols"]] == ["DE40", "EURUSD"]
    de40 = hello["symbols"][0]
    assert [float(de40[name]) for name in
            ("point", "volume_min", "volume_max", "volume_step", "tick_size", "tick_value")] == \
        [0.1, 0.1, 50, 0.1, 0.5, 1]
    assert (de40["digits"], de40["stops_level"], de40["freeze_level"]) == (1, 50, 0)
    assert de40["sessions"] == [[day, 0, 1440] for day in range(1, 6)]


def test_a_thousand_symbols_fit_into_hello(site, server, wait_until):
    script = SCRIPT + "".join(f"SYMBOL A_SYMBOL_WITH_A_NAME_{i} 5 1.1\n" for i in range(1200))
    Terminal(site, server.port, script).start()
    wait_until(lambda: server.hellos)
    assert len(server.hellos[0]["symbols"]) == 1000


def test_history_comes_whole_in_lines_of_a_thousand(site, server, wait_until):
    """The first reading has only half of them: the terminal is still loading."""
    server.wants_bars = {"EURUSD": M5 - 2300 * 300}
    Terminal(site, server.port, SCRIPT + "BARS EURUSD 3000\nFAIL bars 1\n").start()
    wait_until(lambda: server.bars and server.bars[-1]["last"])
    assert [len(line["bars"]) for line in server.bars] == [1000, 1000, 300]
    assert [line["last"] for line in server.bars] == [False, False, True]
    times = [bar[0] for line in server.bars for bar in line["bars"]]
    assert times == list(range(M5 - 2300 * 300, M5, 300))
    assert server.bars[0]["bars"][0][1:] == \
        ["1.10004", "1.10009", "1.09995", "1.10003", 100 + 2300 % 13, 10, 0]


def test_no_history_is_said_as_well(site, server, wait_until):
    server.wants_bars = {"EURUSD": M5 - 86400}
    Terminal(site, server.port, SCRIPT).start()
    wait_until(lambda: server.bars)
    assert server.bars == [
        {"type": "bars", "symbol": "EURUSD", "timeframe": "M5", "last": True, "bars": []}]


def test_a_server_that_says_nothing_is_left(site, wait_until):
    server = Mt5Server()
    server.answers = False
    terminal = Terminal(site, server.port, SCRIPT).start()
    wait_until(lambda: len(server.hellos) == 2, 30)
    assert server.pings >= 1 and "tickd does not answer" in terminal.text()
    server.stop()


@pytest.mark.parametrize("code", ["token", "replaced", "bad-message"])
def test_where_coming_again_at_once_is_no_use_it_waits_for_a_minute(site, server, wait_until, code):
    """Three seconds of ours here: the terminal's clock runs twenty times as fast."""
    server.answer_hello = {"code": code, "message": "That is no token."}
    terminal = Terminal(site, server.port, SCRIPT).start()
    wait_until(lambda: server.hellos)
    first = time.monotonic()
    wait_until(lambda: len(server.hellos) == 2)
    assert time.monotonic() - first > 2.5
    assert f"tickd says {code}: That is no token." in terminal.text()


def test_messages_that_it_does_not_know_are_ignored(site, server, wait_until):
    Terminal(site, server.port, SCRIPT).start()
    wait_until(lambda: server.pings)
    for message in ({"type": "weather", "list": [1, {"type": "ack"}], "text": "a \"quote\" \\"},
                    {"type": "ack", "symbol": "NOSUCH", "seq": 5},
                    {"type": "ack", "symbol": "EURUSD", "seq": 999}, {"no": "type"}, [], 7):
        server.say(message)
    pings = server.pings
    wait_until(lambda: server.pings > pings + 1)
    assert len(server.hellos) == 1


# ---- positions ----


def test_positions_are_reported_when_they_change_and_every_ten_seconds(site, server, wait_until):
    Terminal(site, server.port, POSITION).start()
    wait_until(lambda: len(server.positions) >= 3)
    report = server.positions[0]
    assert report["complete"] is True and report["seq"] < server.positions[1]["seq"]
    (position,) = report["positions"]
    assert {name: position[name] for name in ("ticket", "symbol", "type", "magic", "comment")} == \
        {"ticket": 5, "symbol": "EURUSD", "type": "buy", "magic": 0, "comment": "mine"}
    assert [float(position[name]) for name in ("volume", "price_open", "sl", "tp")] == \
        [0.1, 1.1, 1.09, 1.12]
    assert position["time_msc"] == (START - 60) * 1000


def test_a_closed_position_is_told_with_price_profit_and_reason(site, server, wait_until):
    """Also what was closed while nobody was there."""
    server.open = [5, 6]
    script = POSITION + """
SPEED 5
POSITION 6 EURUSD sell 1 1.10000 0 0 -50 gone
CLOSE 6 -20 1.10100 tp
CLOSE 5 10 1.09000 sl
"""
    Terminal(site, server.port, script).start()
    wait_until(lambda: len(server.closed) == 2)
    told = {one["ticket"]: one for one in server.closed}
    assert [told[6]["reason"], told[5]["reason"]] == ["tp", "sl"]
    assert [float(told[5]["price"]), float(told[6]["price"])] == [1.09, 1.101]
    # The deal's profit, a swap of -0.5 and two commissions of -0.25 (tests/mt5/market.cpp).
    assert float(told[5]["profit"]) == pytest.approx(-100 - 1)
    assert float(told[6]["profit"]) == pytest.approx(-100 - 1)
    assert told[5]["time_msc"] == (START + 10) * 1000
    wait_until(lambda: server.positions[-1]["positions"] == [])
    assert server.positions[-1]["complete"] is True


def test_positions_that_are_not_loaded_yet_are_not_closed(site, server, wait_until):
    """A terminal that has just started shows none although it is connected."""
    server.open = [5]
    Terminal(site, server.port, POSITION + "FAIL positions 40\n").start()
    wait_until(lambda: server.positions and server.positions[-1]["positions"])
    missing = [one for one in server.positions if not one["positions"]]
    assert missing and not any(one["complete"] for one in missing)
    assert not server.closed
    assert server.positions[-1]["complete"] is True


def test_a_ticket_without_any_deal_is_closed_after_a_minute(site, server, wait_until):
    server.open = [77]
    Terminal(site, server.port, POSITION).start()
    wait_until(lambda: server.closed, 20)
    assert server.closed[0]["reason"] == "unknown" and "price" not in server.closed[0]
    wait_until(lambda: server.positions[-1]["complete"])


# ---- actions ----


HEDGE = {"do": "open", "direction": "sell", "volume": "0.05", "sl": "1.11"}


class Desk:
    """A terminal that may order, and what came of its orders."""

    def __init__(self, site, server, wait_until, script="", *options):
        self.server, self.wait_until = server, wait_until
        self.terminal = Terminal(site, server.port, POSITION + script, "--orders", *options).start()
        self.connected()

    def connected(self):
        self.wait_until(lambda: self.server.connection and self.server.positions)

    def send(self, orders, name="1", check=False, ticket=5, expires=START + 3600):
        self.server.act(action_id=f"1234567/5/{name}", token=f"tdm{name}", symbol="EURUSD",
                        ticket=ticket, expires=expires, check=check, orders=orders)

    def do(self, orders, **options):
        """The result."""
        before = len(self.server.results)
        self.send(orders, **options)
        self.wait_until(lambda: len(self.server.results) > before)
        return self.server.results[-1]

    def dies(self, orders, **options):
        """It dies over the action and is started again."""
        process, hellos = self.terminal.process, len(self.server.hellos)
        self.send(orders, **options)
        self.wait_until(lambda: not process.running())
        self.server.positions.clear()
        self.terminal.start()
        self.wait_until(lambda: len(self.server.hellos) > hellos)
        self.connected()

    def executed(self):
        return self.terminal.rows("orders")

    def sends(self):
        return self.terminal.rows("sends")


def test_a_hedge_is_opened_and_its_position_told(site, server, wait_until):
    desk = Desk(site, server, wait_until)
    result = desk.do([HEDGE])
    assert (result["retcode"], result["action_id"]) == (10009, "1234567/5/1")
    assert float(result["volume"]) == 0.05
    wait_until(lambda: result["ticket"] in
               [one["ticket"] for one in server.positions[-1]["positions"]])
    hedge = next(one for one in server.positions[-1]["positions"] if one["ticket"] == result["ticket"])
    assert (hedge["type"], hedge["comment"], float(hedge["sl"])) == ("sell", "tdm1", 1.11)
    assert desk.terminal.marks() == {"TradingBridge tdm1": 10009}


def test_a_stop_is_moved_and_the_take_profit_stays(site, server, wait_until):
    desk = Desk(site, server, wait_until)
    modify = {"do": "modify", "ticket": 5, "sl": "1.095"}
    assert desk.do([modify])["retcode"] == 10009
    wait_until(lambda: float(server.positions[-1]["positions"][0]["sl"]) == 1.095)
    assert float(server.positions[-1]["positions"][0]["tp"]) == 1.12
    assert desk.do([modify], name="2")["retcode"] == 10025


def test_orders_are_done_one_after_the_other(site, server, wait_until):
    desk = Desk(site, server, wait_until)
    orders = [{"do": "modify", "ticket": 5, "sl": "1.095"},
              {"do": "close", "ticket": 5, "volume": "0.04"}, HEDGE]
    assert desk.do(orders)["retcode"] == 10009
    assert [row[0] for row in desk.executed()] == ["m", "c", "o"]
    assert desk.sends()[1][3:5] == ["sell", "0.04"]


def test_nothing_comes_behind_an_order_that_failed(site, server, wait_until):
    desk = Desk(site, server, wait_until, "ORDER 2 reject\n")
    result = desk.do([{"do": "close", "ticket": 5, "volume": "0.04"}, HEDGE,
                      {"do": "close", "ticket": 5, "volume": "0.06"}])
    assert result["retcode"] == 10006
    assert [row[0] for row in desk.executed()] == ["c"]


def test_a_partial_fill_of_a_close_goes_on_with_the_rest(site, server, wait_until):
    desk = Desk(site, server, wait_until, "ORDER 1 partial 0.03\nORDER 2 partial 0.05\n")
    result = desk.do([{"do": "close", "ticket": 5, "volume": "0.1"}])
    assert (result["retcode"], float(result["volume"])) == (10009, 0.1)
    assert [row[6] for row in desk.executed()] == ["0.03", "0.05", "0.02"]
    wait_until(lambda: server.closed)
    assert server.closed[0]["reason"] == "expert"


def test_a_requote_is_tried_again_three_times_in_all(site, server, wait_until):
    desk = Desk(site, server, wait_until,
                "".join(f"ORDER {n} requote\n" for n in (1, 2, 4, 5, 6)))
    assert desk.do([HEDGE])["retcode"] == 10009
    assert len(desk.sends()) == 3 and len(desk.executed()) == 1
    assert desk.do([HEDGE], name="2")["retcode"] == 10004
    assert len(desk.sends()) == 6 and len(desk.executed()) == 1


@pytest.mark.parametrize("fault, retcode", [("closed", 10018), ("busy", 10024)])
def test_what_was_surely_not_ordered_may_be_sent_again(site, server, wait_until, fault, retcode):
    desk = Desk(site, server, wait_until, f"ORDER 1 {fault}\n")
    assert desk.do([HEDGE])["retcode"] == retcode
    assert desk.do([HEDGE], check=True)["retcode"] == retcode
    assert desk.do([HEDGE])["retcode"] == 10009
    assert desk.do([HEDGE])["retcode"] == 10009
    assert len(desk.executed()) == 1


def test_a_requote_behind_which_the_time_is_over_may_be_sent_again(site, server, wait_until):
    desk = Desk(site, server, wait_until, "ORDER 1 requote\nORDER 1 skip 3600000\n")
    assert desk.do([HEDGE], expires=START + 3000)["retcode"] == 10004
    assert len(desk.sends()) == 1
    assert desk.do([HEDGE], expires=START + 2 * 3600)["retcode"] == 10009
    assert len(desk.executed()) == 1


def test_after_a_part_was_done_and_the_time_is_over_nothing_may_be_sent_again(
        site, server, wait_until):
    desk = Desk(site, server, wait_until, "ORDER 1 skip 3600000\n")
    orders = [{"do": "close", "ticket": 5, "volume": "0.04"}, HEDGE]
    assert desk.do(orders, expires=START + 3000)["retcode"] == 10006
    assert desk.do(orders, expires=START + 2 * 3600)["retcode"] == 10006
    assert len(desk.executed()) == 1


def test_after_a_part_was_done_nothing_may_be_sent_again(site, server, wait_until):
    desk = Desk(site, server, wait_until, "ORDER 2 closed\n")
    orders = [{"do": "close", "ticket": 5, "volume": "0.04"}, HEDGE]
    assert desk.do(orders)["retcode"] == 10006
    assert desk.do(orders)["retcode"] == 10006
    assert len(desk.executed()) == 1


def test_an_order_that_came_late_is_found_by_its_token(site, server, wait_until):
    desk = Desk(site, server, wait_until, "ORDER 1 late 700\n")
    assert desk.do([HEDGE])["retcode"] == 10012
    assert desk.do([HEDGE], check=True)["retcode"] == 10012
    wait_until(lambda: desk.do([HEDGE], check=True)["retcode"] == 10009)
    assert server.results[-1]["ticket"] == int(desk.executed()[0][3])
    assert desk.do([HEDGE])["retcode"] == 10009
    assert len(desk.sends()) == 1


def test_an_order_that_was_lost_is_never_ordered_again(site, server, wait_until):
    desk = Desk(site, server, wait_until, "ORDER 1 lost\n")
    for check in (False, True, False, True):
        assert desk.do([HEDGE], check=check)["retcode"] == 10012
    assert len(desk.sends()) == 1


def test_killed_between_mark_and_order_it_orders_nothing_ever(site, server, wait_until):
    desk = Desk(site, server, wait_until, "ORDER 1 kill_before\n")
    desk.dies([HEDGE])
    assert desk.terminal.marks() == {"TradingBridge tdm1": 2}
    for check in (True, False):
        assert desk.do([HEDGE], check=check)["retcode"] == 10012
    assert (len(desk.sends()), len(desk.executed())) == (1, 0)


@pytest.mark.parametrize("orders", [
    [HEDGE], [{"do": "close", "ticket": 5, "volume": "0.1"}],
    [{"do": "close", "ticket": 5, "volume": "0.04"}], [{"do": "modify", "ticket": 5, "sl": "1.095"}],
], ids=["open", "close", "close_part", "modify"])
def test_killed_between_order_and_result_it_finds_what_it_did(site, server, wait_until, orders):
    desk = Desk(site, server, wait_until, "ORDER 1 kill_after\n")
    desk.dies(orders)
    for check in (True, False):
        result = desk.do(orders, check=check)
        assert result["retcode"] == 10009
        assert result["ticket"] == (int(desk.executed()[0][3]) if orders == [HEDGE] else 0)
    assert (len(desk.sends()), len(desk.executed())) == (1, 1)


def test_killed_in_the_middle_of_an_action_the_rest_is_not_ordered(site, server, wait_until):
    desk = Desk(site, server, wait_until, "ORDER 1 kill_after\n")
    orders = [{"do": "modify", "ticket": 5, "sl": "1.095"}, HEDGE]
    desk.dies(orders)
    for check in (True, False):
        assert desk.do(orders, check=check)["retcode"] == 10012
    assert len(desk.sends()) == 1


def test_a_broker_with_comments_of_its_own_gets_no_order_twice(site, server, wait_until):
    """While it runs the bridge remembers; after a kill nobody can say."""
    desk = Desk(site, server, wait_until, "REWRITE\nORDER 2 kill_after\n")
    first = desk.do([HEDGE])
    assert desk.do([HEDGE], check=True) == first
    desk.dies([HEDGE], name="2")
    assert desk.do([HEDGE], name="2")["retcode"] == 10012
    assert desk.do([HEDGE])["retcode"] == 10009
    assert len(desk.executed()) == 2


def test_a_check_of_what_was_never_ordered_says_so(site, server, wait_until):
    desk = Desk(site, server, wait_until)
    assert desk.do([HEDGE], check=True)["retcode"] == 0
    assert desk.do([{"do": "close", "ticket": 99, "volume": "1"}], check=True)["retcode"] == 0
    assert not desk.sends() and not desk.terminal.marks()


def test_what_is_too_old_is_not_ordered(site, server, wait_until):
    desk = Desk(site, server, wait_until)
    assert desk.do([HEDGE], expires=START - 1)["retcode"] == 1
    assert not desk.sends() and not desk.terminal.marks()


def test_a_position_that_is_gone_is_not_closed_again(site, server, wait_until):
    desk = Desk(site, server, wait_until)
    assert desk.do([{"do": "close", "ticket": 99, "volume": "0.1"}])["retcode"] == 10036
    assert not desk.sends()


def test_an_order_that_it_does_not_know_is_not_done(site, server, wait_until):
    desk = Desk(site, server, wait_until)
    assert desk.do([{"do": "reverse", "ticket": 5, "volume": "0.1"}])["retcode"] == 10013
    assert not desk.sends()


def test_orders_are_off_unless_the_trader_allows_them(site, server, wait_until):
    terminal = Terminal(site, server.port, POSITION).start()
    wait_until(lambda: server.connection and server.positions)
    server.act(action_id="a", token="t", symbol="EURUSD", ticket=5, expires=START + 3600,
               orders=[HEDGE])
    wait_until(lambda: server.results)
    assert server.results[0]["retcode"] == 10027 and not terminal.rows("sends")


def test_orders_need_the_terminals_algo_trading(site, server, wait_until):
    desk = Desk(site, server, wait_until, "FORBID\n")
    assert desk.do([HEDGE])["retcode"] == 10027
    assert not desk.sends() and not desk.terminal.marks()


def test_a_result_that_got_lost_comes_after_the_reconnection(site, server, wait_until):
    """The server is slow; meanwhile the connection ends."""
    desk = Desk(site, server, wait_until, "ORDER 1 slow 300\n")
    desk.send([HEDGE])
    wait_until(desk.sends)
    server.positions.clear()
    server.hang_up()
    wait_until(lambda: len(server.hellos) == 2)
    desk.connected()
    server.results.clear()
    assert desk.do([HEDGE], check=True)["retcode"] == 10009
    assert len(desk.executed()) == 1


# ---- the file ----


def test_the_service_is_one_file_of_less_than_600_lines():
    assert len(SERVICE.read_text().splitlines()) < 600
