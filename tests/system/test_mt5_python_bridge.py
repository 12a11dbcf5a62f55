"""mt5/trading_bridge.py on a stand-in of the package MetaTrader5 (tests/mt5), at a tickd in Python."""
import importlib.util
import json
import random
import sys
import time
from decimal import Decimal

import pytest

from harness import places
from harness.mt5_server import Mt5Server

HEDGE = {"do": "open", "direction": "sell", "volume": "0.05", "sl": "1.11"}


class PythonTerminal:
    def __init__(self, site, port, *options, **plan):
        self.site = site
        self.state = site.folder / "python"
        self.state.mkdir()
        (self.state / "plan.json").write_text(json.dumps({"position": 5, **plan}))
        (self.state / "token").write_text("a-token-of-the-tests\n")
        self.argv = [sys.executable, "-B", places.ROOT / "mt5/trading_bridge.py", "--port", port,
                     "--token-file", self.state / "token", "--marks", self.state / "marks", *options]

    def start(self):
        self.process = self.site.spawn("python", self.argv, MT5_STATE=self.state,
                                       PYTHONPATH=places.ROOT / "tests/mt5", PYTHONUNBUFFERED=1)
        return self

    def kill(self):
        self.process.popen.kill()
        self.process.popen.wait()

    def rows(self, name):
        path = self.state / name
        return path.read_text().splitlines() if path.exists() else []

    def broker(self, monkeypatch):
        """The stand-in itself, on the same state."""
        monkeypatch.setenv("MT5_STATE", str(self.state))
        spec = importlib.util.spec_from_file_location(
            "paper_broker", places.ROOT / "tests/mt5/MetaTrader5.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def act(self, server, wait_until, orders, name="1", check=False, late=False):
        """The result."""
        before, offset = len(server.results), 10800
        server.act(action_id=f"1234567/5/{name}", token=f"tdm{name}", symbol="EURUSD", ticket=5,
                   check=check, orders=orders,
                   expires=int(time.time()) + offset + (-60 if late else 3600))
        wait_until(lambda: len(server.results) > before)
        return server.results[-1]


@pytest.fixture
def server():
    one = Mt5Server()
    yield one
    one.stop()
    assert not one.faults


@pytest.fixture
def desk(site, server, wait_until):
    """Begins a terminal that may order, by the broker's plan for its orders."""
    def begin(**orders):
        terminal = PythonTerminal(site, server.port, "--allow-orders", seconds=30,
                                  orders={key.strip("n"): what for key, what in orders.items()}).start()
        wait_until(lambda: server.positions and server.connection)
        return terminal
    return begin


def test_every_tick_comes_once_over_breaks_and_kills(site, server, wait_until, monkeypatch):
    server.breaks_most, server.break_chance = 4, 0.03
    terminal = PythonTerminal(site, server.port, seconds=10, rate=100, fail_ticks=7).start()
    chance = random.Random(3)
    for _ in range(3):
        until = len(server.lines) + chance.randrange(10, 40)
        wait_until(lambda: len(server.lines) >= until)
        terminal.kill()
        terminal.start()
    broker = terminal.broker(monkeypatch)
    begin = min(values[0] for values in server.from_msc.values())
    assert begin % 300_000 == 0
    for name, digits in broker.SYMBOLS.items():
        expected, before = [], None
        for row in broker.ticks(name):
            before = (row["time_msc"], before[1] + 1 if before and before[0] == row["time_msc"] else 0)
            prices = [Decimal(f"{row[key]:.{digits}f}") for key in ("bid", "ask", "last")]
            expected.append((*before, *prices, Decimal(str(row["volume_real"])), row["flags"]))
        expected = [row for row in expected if row[0] >= begin]
        wait_until(lambda: len(server.ticks.get(name, [])) >= len(expected), 40)
        assert server.ticks[name] == expected


def test_hello_and_bars_are_as_the_protocol_wants_them(site, server, wait_until):
    server.wants_bars = {"EURUSD": 1}
    PythonTerminal(site, server.port).start()
    wait_until(lambda: server.bars and server.bars[-1]["last"], 30)
    hello = server.hellos[0]
    assert (hello["version"], hello["token"], hello["account"], hello["margin_mode"]) == \
        (1, "a-token-of-the-tests", 1234567, "hedging")
    assert hello["time_server"] - hello["time_gmt"] == 10800
    assert [one["name"] for one in hello["symbols"]] == ["EURUSD", "XAUUSD"]
    assert {key: float(hello["symbols"][0][key]) for key in
            ("point", "volume_min", "volume_max", "volume_step", "tick_size", "tick_value")} == \
        {"point": 1e-5, "volume_min": 0.01, "volume_max": 50, "volume_step": 0.01, "tick_size": 1e-5,
         "tick_value": 1}
    assert [len(line["bars"]) for line in server.bars][0] == 1000
    for bar in (bar for line in server.bars for bar in line["bars"]):
        low, high = Decimal(bar[3]), Decimal(bar[2])
        assert low <= Decimal(bar[1]) <= high and low <= Decimal(bar[4]) <= high


def test_positions_and_their_closing_are_told(site, server, wait_until):
    """Readings that show none while the terminal starts close none."""
    server.open = [5]
    PythonTerminal(site, server.port, no_positions=20, closed_after=6).start()
    wait_until(lambda: server.closed, 30)
    assert [one["complete"] for one in server.positions if not one["positions"]][0] is False
    told = next(one for one in server.positions if one["positions"])
    assert told["positions"][0]["ticket"] == 5 and told["complete"]
    assert len(server.closed) == 1
    assert (server.closed[0]["reason"], float(server.closed[0]["profit"])) == ("sl", -101)
    wait_until(lambda: server.positions[-1]["complete"] and not server.positions[-1]["positions"])


def test_orders_are_done_and_told(desk, server, wait_until):
    terminal = desk(n3="partial")
    orders = [{"do": "modify", "ticket": 5, "sl": "1.095"}, HEDGE,
              {"do": "close", "ticket": 5, "volume": "0.1"}]
    result = terminal.act(server, wait_until, orders)
    assert (result["retcode"], result["ticket"]) == (10009, 1002)
    sends = [json.loads(row) for row in terminal.rows("sends")]
    assert [(row["action"], row.get("volume")) for row in sends] == \
        [(6, None), (1, 0.05), (1, 0.1), (1, 0.07)]
    assert sends[0]["tp"] == 1.2
    assert terminal.act(server, wait_until, orders) == result
    wait_until(lambda: any(one["ticket"] == 5 for one in server.closed))


def test_nothing_is_ordered_twice(desk, server, wait_until):
    terminal = desk(n1="late", n2="lost", n3="requote", n4="requote", n5="requote")
    assert terminal.act(server, wait_until, [HEDGE])["retcode"] == 10012
    wait_until(lambda: terminal.act(server, wait_until, [HEDGE], check=True)["retcode"] == 10009)
    assert terminal.act(server, wait_until, [HEDGE])["retcode"] == 10009
    for check in (False, True, False):
        assert terminal.act(server, wait_until, [HEDGE], "2", check)["retcode"] == 10012
    assert len(terminal.rows("sends")) == 2
    assert terminal.act(server, wait_until, [HEDGE], "3")["retcode"] == 10004
    assert terminal.act(server, wait_until, [HEDGE], "3")["retcode"] == 10009
    assert terminal.act(server, wait_until, [HEDGE], "4", check=True)["retcode"] == 0
    assert terminal.act(server, wait_until, [HEDGE], "5", late=True)["retcode"] == 1
    assert len(terminal.rows("orders")) == 2


@pytest.mark.parametrize("when, retcode", [("kill_before", 10012), ("kill_after", 10009)])
def test_killed_over_an_order_it_is_ordered_once_at_most(desk, server, wait_until, when, retcode):
    terminal = desk(n1=when)
    process, hellos = terminal.process, len(server.hellos)
    server.act(action_id="1234567/5/1", token="tdm1", symbol="EURUSD", ticket=5,
               expires=int(time.time()) + 10800 + 3600, orders=[HEDGE])
    wait_until(lambda: not process.running())
    server.positions.clear()
    terminal.start()
    wait_until(lambda: len(server.hellos) > hellos and server.positions)
    for check in (True, False):
        assert terminal.act(server, wait_until, [HEDGE], check=check)["retcode"] == retcode
    assert len(terminal.rows("sends")) == 1


def test_orders_are_off_unless_they_are_allowed(site, server, wait_until):
    terminal = PythonTerminal(site, server.port).start()
    wait_until(lambda: server.positions and server.connection)
    assert terminal.act(server, wait_until, [HEDGE])["retcode"] == 10027
    assert not terminal.rows("sends") and not terminal.rows("marks")
