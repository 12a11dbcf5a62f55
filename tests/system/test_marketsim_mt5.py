"""marketsim as a MetaTrader 5 terminal, against a tickd of the tests' own."""
import csv
import datetime
import decimal
import io
import pathlib
import subprocess

import pytest
import requests

from harness import places, stored
from harness.certificates import make_certificate
from harness.market import Market
from harness.mt5_terminal import set_mt5
from harness.site import free_port
from harness.terminal_peer import LINE_MAX, TerminalPeer
from harness.waiting import wait_until

SINCE = "2026-07-01T00:00:00Z"
START = "2026-07-01T12:03:20Z"
START_MS = int(datetime.datetime.fromisoformat(START.replace("Z", "+00:00")).timestamp() * 1000)
BEGIN_MS = START_MS - START_MS % 300_000  # of the present candle
HOUR_MS = 3_600_000
OFFSET_MS = 3 * HOUR_MS
TOKEN = "a token of sixteen"
TIMES = ("--since", SINCE, "--start-time", START, "--seed", "9", "--history", "2h")


class Terminal:
    """A marketsim that is a terminal of that peer."""

    def __init__(self, site, peer, *options):
        self.market = Market(site, *TIMES, "--mt5", peer.address, "--mt5-token", TOKEN, *options)
        self.url = f"http://127.0.0.1:{self.market.port}/marketsim/mt5"

    def ask(self, **query):
        return requests.get(self.url, params=query, timeout=10).json()

    def stop(self):
        assert self.market.process.stop() == 0


@pytest.fixture
def peers():
    """Makes peers and closes them; none may have got what is no JSON."""
    made = []

    def make(**options):
        made.append(TerminalPeer(**options))
        return made[-1]
    yield make
    for peer in made:
        peer.close()
        assert peer.faults == []


def printed(span, *options):
    """{symbol: [(ms_broker, place, bid, ask, flags)]} as marketsim prints them."""
    done = subprocess.run([places.program("marketsim"), *TIMES, "--mt5-print", span, *options],
                          capture_output=True, text=True, check=True)
    truth = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        truth.setdefault(row["symbol"], []).append(
            (int(row["ms_broker"]), int(row["place"]), row["bid"], row["ask"], int(row["flags"])))
    return truth


def first(peer, count=1):
    wait_until(lambda: len(peer.connections) >= count, 20, "a terminal connects")
    return peer.connections[count - 1]


def open_welcome(**more):
    return {"resume": {}, "bars": {}, "open": [], **more}


@pytest.mark.asan
def test_it_says_hello_with_its_symbols_and_both_clocks(site, peers):
    peer = peers(welcome=None)
    terminal = Terminal(site, peer, "--mt5-account", "77", "--mt5-offset", "-05:30")
    connection = first(peer)
    hello = wait_until(lambda: connection.of("hello"), 20, "a hello")[0]
    assert (hello["version"], hello["token"], hello["account"], hello["margin_mode"]) == (
        1, TOKEN, "77", "hedging")
    assert hello["time_server"] - hello["time_gmt"] == -19800
    assert abs(hello["time_gmt"] - START_MS // 1000) < 60
    symbols = {symbol["name"]: symbol for symbol in hello["symbols"]}
    assert list(symbols) == ["EURUSD", "XAUUSD", "BTCUSD"]
    assert (symbols["EURUSD"]["digits"], symbols["EURUSD"]["point"]) == (5, "0.00001")
    assert symbols["BTCUSD"]["stops_level"] > 0
    terminal.stop()
    assert connection.of("ticks") == []  # nothing before a welcome


@pytest.mark.asan
def test_its_ticks_begin_with_the_candle_and_are_the_ones_that_it_prints(site, peers):
    peer = peers(welcome=open_welcome())
    terminal = Terminal(site, peer)
    connection = first(peer)
    wait_until(lambda: len(connection.ticks("EURUSD")) > 700, 30, "ticks")
    terminal.stop()
    truth = printed(f"{BEGIN_MS},{START_MS + 60_000}")
    for symbol in ("EURUSD", "XAUUSD", "BTCUSD"):
        got = connection.ticks(symbol)
        assert len(got) > 100 and got == truth[symbol][:len(got)]
        lines = [line for line in connection.of("ticks") if line["symbol"] == symbol]
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        assert lines[0]["from_msc"] == BEGIN_MS + OFFSET_MS
        assert all(line["ticks"][-1][0] <= line["time_server"] * 1000 + 1000 for line in lines)


def test_it_goes_on_behind_any_watermark_with_the_same_ticks(site, peers):
    truth = printed(f"{START_MS - 20_000},{START_MS + 10_000}", "--mt5-rate", "18000")
    # A millisecond of many ticks, half of which are known.
    counts = {}
    for time_msc, place, *_ in truth["XAUUSD"]:
        counts[time_msc] = place + 1
    time_msc = next(ms for ms, count in counts.items()
                    if count >= 5 and ms > START_MS - 10_000 + OFFSET_MS)
    peer = peers(welcome=open_welcome(resume={"XAUUSD": {"time_msc": time_msc, "count_in_ms": 2}}))
    terminal = Terminal(site, peer, "--mt5-rate", "18000")
    connection = first(peer)
    wait_until(lambda: sum(len(line["ticks"]) for line in connection.of("ticks")
                           if line["symbol"] == "XAUUSD") > 70_000, 30, "ticks")
    terminal.stop()
    got = connection.ticks("XAUUSD")[:70_000]
    assert got[0][:2] == (time_msc, 2)
    begin = next(i for i, tick in enumerate(truth["XAUUSD"]) if tick[:2] == (time_msc, 2))
    assert got == truth["XAUUSD"][begin:begin + len(got)]
    assert connection.longest <= LINE_MAX


def test_no_more_than_64_lines_wait_for_an_acknowledgement(site, peers):
    peer = peers(welcome=open_welcome(), acknowledges=False)
    terminal = Terminal(site, peer, "--mt5-rate", "200")
    connection = first(peer)
    wait_until(lambda: len(connection.of("ticks")) == 64, 30, "64 lines")
    wait_until(lambda: len(connection.of("positions")) >= 2, 30, "ten seconds have gone by")
    assert len(connection.of("ticks")) == 64
    last = connection.of("ticks")[-1]
    connection.send(type="ack", symbol=last["symbol"], seq=last["seq"])
    wait_until(lambda: len(connection.of("ticks")) > 64, 20, "another line")
    terminal.stop()


def test_a_tickd_that_does_not_read_costs_no_memory_and_loses_nothing(site, peers):
    peer = peers(welcome=open_welcome())
    terminal = Terminal(site, peer, "--mt5-flood", "100000", "--mt5-symbols", "BTCUSD,EURUSD")
    connection = first(peer)
    wait_until(lambda: connection.of("ticks"), 20, "ticks")
    connection.paused.clear()
    sent = wait_until(lambda: terminal.ask()["lines"], 20, "it is still answering")
    wait_until(lambda: terminal.ask()["lines"] <= 70 + sent, 20, "it waits")
    status = pathlib.Path(f"/proc/{terminal.market.process.pid}/status").read_text()
    assert int(status.split("VmRSS:")[1].split()[0]) < 300_000
    connection.paused.set()
    before = len(connection.of("ticks"))
    wait_until(lambda: len(connection.of("ticks")) > before + 100, 30, "it goes on")
    terminal.stop()
    got = connection.ticks("BTCUSD")
    last_ms = got[-1][0] - OFFSET_MS
    truth = printed(f"{BEGIN_MS},{last_ms + 1}", "--mt5-flood", "100000", "--mt5-symbols",
                    "BTCUSD,EURUSD")["BTCUSD"]
    assert got == truth[:len(got)] and len(got) >= len(truth) - 1000


@pytest.mark.asan
def test_bars_are_the_candles_of_the_bid_up_to_the_first_tick(site, peers):
    from_s = (BEGIN_MS + OFFSET_MS) // 1000 - 3600
    peer = peers(welcome=open_welcome(bars={"EURUSD": from_s, "BTCUSD": from_s - 30 * 86400}))
    terminal = Terminal(site, peer)
    connection = first(peer)
    wait_until(lambda: [line for line in connection.of("bars") if line.get("last")][1:], 30,
               "the last bars of both")
    terminal.stop()
    bars = {"EURUSD": [], "BTCUSD": []}
    for line in connection.of("bars"):
        assert line["timeframe"] == "M5"
        bars[line["symbol"]] += line["bars"]
    assert [bar[0] for bar in bars["EURUSD"]] == [from_s + 300 * i for i in range(12)]
    # History ends two hours before the market began.
    since_s = int(datetime.datetime(2026, 6, 30, 22, tzinfo=datetime.timezone.utc).timestamp())
    assert bars["BTCUSD"][0][0] == since_s + OFFSET_MS // 1000
    assert bars["BTCUSD"][-1][0] == (BEGIN_MS + OFFSET_MS) // 1000 - 300
    truth = printed(f"{BEGIN_MS - HOUR_MS},{BEGIN_MS}")["EURUSD"]
    for time_s, open_, high, low, close, volume, spread, real in bars["EURUSD"]:
        bids = [bid for ms, _, bid, _, _ in truth if time_s <= ms // 1000 < time_s + 300]
        assert (open_, high, low, close) == (
            bids[0], max(bids, key=float), min(bids, key=float), bids[-1])
        assert volume == len(bids) and spread in range(8, 12) and real == "0"


def test_the_clock_changes_by_an_hour_and_times_never_fall(site, peers):
    for option, hours in (("2026-07-01T12:03:25Z", 4), ("2026-07-01T12:03:25Z,back", 2)):
        peer = peers(welcome=open_welcome())
        terminal = Terminal(site, peer, "--mt5-dst", option, "--speed", "1000")
        connection = first(peer)

        def changed(connection=connection, hours=hours):
            late = [line for line in connection.of("ticks")
                    if line["time_server"] - line["time_gmt"] == hours * 3600 and line["ticks"]]
            return late and late[-1]["time_gmt"] * 1000 > START_MS + 1.2 * HOUR_MS
        wait_until(changed, 60, "ticks after the change")
        terminal.stop()
        times = [tick[0] for tick in connection.ticks("BTCUSD")]
        assert times == sorted(times)
        change = START_MS + 5000
        assert times[0] >= BEGIN_MS + OFFSET_MS
        inside = [ms for ms in times if change + OFFSET_MS <= ms < change + OFFSET_MS + HOUR_MS]
        # Forward: an hour that is never shown.  Back: nothing is traded while it is shown again.
        assert inside == [] if hours == 4 else inside
        if hours == 2:
            assert max(b - a for a, b in zip(times, times[1:])) < 5000


@pytest.mark.asan
def test_it_connects_again_and_comes_back_with_what_is_missing(site, peers):
    def welcome():
        wait_until(lambda: all(c.ended for c in peer.connections[:-1]), 20, "the end of the first")
        seen = [tick for connection in peer.connections for tick in connection.ticks("EURUSD")]
        return open_welcome(resume={
            "EURUSD": {"time_msc": tick[0], "count_in_ms": tick[1] + 1} for tick in seen[-1:]})
    peer = peers(welcome=welcome)
    terminal = Terminal(site, peer, "--mt5-rate", "500", "--mt5-symbols", "EURUSD")
    connection = first(peer)
    wait_until(lambda: connection.ticks("EURUSD"), 20, "ticks")
    assert terminal.ask(do="break")["retcode"] == 10009
    second = first(peer, 2)
    wait_until(lambda: len(second.ticks("EURUSD")) > 100, 20, "ticks again")
    terminal.stop()
    got = connection.ticks("EURUSD") + second.ticks("EURUSD")
    truth = printed(f"{BEGIN_MS},{START_MS + 120_000}", "--mt5-rate", "500", "--mt5-symbols",
                    "EURUSD")["EURUSD"]
    assert got == truth[:len(got)]


def test_it_waits_longer_each_time_it_is_refused(site, peers):
    peer = peers(welcome=None)
    terminal = Terminal(site, peer)
    for count in range(1, 4):
        connection = first(peer, count)
        wait_until(lambda: connection.of("hello"), 20, "a hello")
        connection.send(type="error", code="token", message="the token is not right")
        connection.socket.shutdown(2)
    wait_until(lambda: terminal.ask()["errors"] == 3, 20, "it has read them")
    said = terminal.market.process.text()
    assert "tickd says token: the token is not right" in said
    terminal.stop()


def test_a_position_of_its_own_comes_back_and_what_is_closed_is_told(site, peers):
    peer = peers(welcome=open_welcome(open=[123, 2 * (START_MS - 5 * HOUR_MS)]))
    terminal = Terminal(site, peer)
    connection = first(peer)
    before = wait_until(lambda: connection.of("positions"), 20, "positions")[0]
    assert before["complete"] is True and 0 < len(before["positions"]) <= 25
    # What nobody knows is closed all the same.
    closed = connection.of("closed")
    assert [message["ticket"] for message in closed[:2]] == [123, 2 * (START_MS - 5 * HOUR_MS)]
    for position in before["positions"]:
        sign = 1 if position["type"] == "buy" else -1
        price = float(position["price_open"])
        assert sign * (price - float(position["sl"])) > 0 < sign * (float(position["tp"]) - price)
        assert position["comment"] == "demo"
    terminal.stop()
    again = peers(welcome=open_welcome())
    terminal = Terminal(site, again)
    after = wait_until(lambda: first(again).of("positions"), 20, "positions again")[0]
    terminal.stop()
    assert [(p["ticket"], p["price_open"], p["sl"], p["tp"]) for p in after["positions"]] == [
        (p["ticket"], p["price_open"], p["sl"], p["tp"]) for p in before["positions"]]


@pytest.mark.asan
def test_positions_are_stopped_and_taken_and_the_balance_follows(site, peers):
    peer = peers(welcome=open_welcome())
    terminal = Terminal(site, peer, "--speed", "600")
    connection = first(peer)
    wait_until(lambda: {"sl", "tp"} <= {m["reason"] for m in connection.of("closed")}, 60,
               "one is stopped and one is taken")
    count = len(connection.of("closed"))
    wait_until(lambda: len(connection.of("closed")) > count, 30, "one more")
    terminal.stop()
    opened = {p["ticket"]: p for message in connection.of("positions")
              for p in message["positions"]}
    closed = connection.of("closed")
    for message in closed:
        if message["ticket"] not in opened or message["reason"] == "client":
            continue
        position, price = opened[message["ticket"]], float(message["price"])
        sign = 1 if position["type"] == "buy" else -1
        limit = float(position[message["reason"]])
        beyond = sign * (price - limit) if message["reason"] == "tp" else sign * (limit - price)
        assert beyond >= -1e-9
    assert len({message["ticket"] for message in closed}) == len(closed)
    told = [i for i, m in enumerate(connection.messages) if m["type"] == "account"]
    profits = [float(m["profit"]) for m in connection.messages[told[0]:told[-1]]
               if m["type"] == "closed"]
    balances = [float(connection.messages[i]["balance"]) for i in (told[0], told[-1])]
    assert profits and balances[1] - balances[0] == pytest.approx(sum(profits), abs=1)


def act(connection, action_id, token, orders, **more):
    connection.send(**{
        "type": "action", "action_id": action_id, "token": token, "action": "any",
        "symbol": "BTCUSD", "ticket": 0, "expires": START_MS // 1000 + 86400 * 30,
        "check": False, "orders": orders, **more})
    return wait_until(lambda: [m for m in connection.of("result") if m["action_id"] == action_id],
                      20, "a result")[-1]


@pytest.mark.asan
def test_actions_are_carried_out_once_and_answered(site, peers):
    peer = peers(welcome=open_welcome())
    terminal = Terminal(site, peer, "--mt5-demo", "0")
    connection = first(peer)
    wait_until(lambda: connection.ticks("BTCUSD"), 20, "prices")
    never = act(connection, "check", "one", [], check=True)
    assert never["retcode"] == 0
    opening = [{"do": "open", "direction": "sell", "volume": "0.05", "sl": "900000.00"}]
    done = act(connection, "a", "one", opening)
    assert done["retcode"] == 10009 and done["ticket"] > 0
    again = act(connection, "b", "one", opening)
    assert (again["retcode"], again["ticket"]) == (10009, done["ticket"])
    assert act(connection, "c", "one", opening, check=True)["ticket"] == done["ticket"]
    assert terminal.ask()["open"] == 1
    moved = act(connection, "d", "two", [
        {"do": "modify", "ticket": done["ticket"], "sl": "800000.00"},
        {"do": "close", "ticket": done["ticket"], "volume": "0.02"}])
    assert moved["retcode"] == 10009

    def reported():
        positions = connection.of("positions")[-1]["positions"]
        return positions and positions[0]["volume"] == "0.03" and positions[0]
    position = wait_until(reported, 20, "what is left")
    assert float(position["sl"]) == 800000 and position["comment"] == "one"
    late = act(connection, "e", "three", opening, expires=START_MS // 1000)
    assert late["retcode"] == 1
    near = act(connection, "f", "four",
               [{"do": "modify", "ticket": done["ticket"], "sl": "1.00"}])
    assert near["retcode"] == 10016  # a sell's stop lies above the price
    act(connection, "g", "five", [{"do": "close", "ticket": done["ticket"], "volume": "0.03"}])
    gone = wait_until(lambda: connection.of("closed"), 20, "it is closed")[0]
    assert (gone["ticket"], gone["reason"]) == (done["ticket"], "expert")
    terminal.stop()


def test_a_requote_orders_nothing_and_may_be_tried_again(site, peers):
    peer = peers(welcome=open_welcome())
    terminal = Terminal(site, peer, "--mt5-demo", "0")
    connection = first(peer)
    wait_until(lambda: connection.ticks("BTCUSD"), 20, "prices")
    terminal.ask(do="refuse", retcode=10004, orders=1)
    opening = [{"do": "open", "direction": "buy", "volume": "0.05", "sl": "0"}]
    assert act(connection, "a", "one", opening)["retcode"] == 10004
    assert act(connection, "b", "one", opening, check=True)["retcode"] == 0
    assert act(connection, "c", "one", opening)["retcode"] == 10009
    assert terminal.ask()["open"] == 1
    terminal.stop()


@pytest.mark.parametrize("retcode", [10004, 10012, 10018, 10019, 10020, 10021, 10024, 10031])
def test_only_what_was_surely_not_ordered_and_may_be_later_is_ordered_a_second_time(
        site, peers, retcode):
    peer = peers(welcome=open_welcome())
    terminal = Terminal(site, peer, "--mt5-demo", "0")
    connection = first(peer)
    wait_until(lambda: connection.ticks("BTCUSD"), 20, "prices")
    terminal.ask(do="refuse", retcode=retcode, orders=1)
    opening = [{"do": "open", "direction": "buy", "volume": "0.05", "sl": "0"}]
    again = retcode in (10004, 10018, 10020, 10021, 10024)
    assert act(connection, "a", "one", opening)["retcode"] == retcode
    assert act(connection, "b", "one", opening, check=True)["retcode"] == (0 if again else retcode)
    assert act(connection, "c", "one", opening)["retcode"] == (10009 if again else retcode)
    assert terminal.ask()["open"] == (1 if again else 0)
    terminal.stop()


def test_what_was_ordered_for_a_part_is_never_ordered_again(site, peers):
    peer = peers(welcome=open_welcome())
    terminal = Terminal(site, peer, "--mt5-demo", "0")
    connection = first(peer)
    wait_until(lambda: connection.ticks("BTCUSD"), 20, "prices")
    opening = [{"do": "open", "direction": "buy", "volume": volume, "sl": "0"}
               for volume in ("0.05", "0.00001")]  # the second is refused: too small
    assert act(connection, "a", "one", opening)["retcode"] == 10014
    assert act(connection, "b", "one", opening)["retcode"] == 10014
    ticket = connection.of("result")[0]["ticket"]
    terminal.ask(do="refuse", retcode=10018, orders=1, behind=1)
    closing = [{"do": "close", "ticket": ticket, "volume": volume} for volume in ("0.02", "0.03")]
    for name, check in (("c", False), ("d", True), ("e", False)):
        assert act(connection, name, "two", closing, check=check)["retcode"] == 10006
    wait_until(lambda: connection.of("positions")[-1]["positions"][0]["volume"] == "0.03", 20,
               "a part is closed, once")
    terminal.stop()


def test_a_connection_can_end_between_an_action_and_its_result(site, peers):
    peer = peers(welcome=open_welcome())
    terminal = Terminal(site, peer, "--mt5-demo", "0")
    connection = first(peer)
    wait_until(lambda: connection.ticks("BTCUSD"), 20, "prices")
    terminal.ask(do="break-behind-action")
    opening = [{"do": "open", "direction": "buy", "volume": "0.05", "sl": "0"}]
    connection.send(type="action", action_id="a", token="one", action="any", symbol="BTCUSD",
                    ticket=0, expires=START_MS // 1000 + 86400 * 30, check=False, orders=opening)
    second = first(peer, 2)
    assert connection.of("result") == []
    wait_until(lambda: second.of("positions"), 20, "positions")
    checked = act(second, "a", "one", opening, check=True)
    position = second.of("positions")[-1]["positions"][0]
    assert (checked["retcode"], checked["ticket"]) == (10009, position["ticket"])
    terminal.stop()


@pytest.mark.asan
def test_it_speaks_tls_and_trusts_nobody_else(site, peers):
    certificate, key = make_certificate(site.folder, "tickd")
    other, _ = make_certificate(site.folder, "other")
    peer = peers(welcome=open_welcome(), certificate=certificate, key=key)
    stranger = Terminal(site, peer, "--mt5-tls-ca", other)
    wait_until(lambda: "certificate" in stranger.market.process.text(), 20, "it is not trusted")
    stranger.stop()
    assert all(connection.messages == [] for connection in peer.connections)
    terminal = Terminal(site, peer, "--mt5-tls-ca", certificate)
    wait_until(lambda: any(c.of("ticks") for c in peer.connections), 20, "ticks over TLS")
    terminal.stop()


def test_its_bitcoin_follows_the_exchanges_at_some_distance(site, peers):
    peer = peers(welcome=open_welcome())
    terminal = Terminal(site, peer, "--rate", "200", "--mt5-rate", "60")
    connection = first(peer)
    wait_until(lambda: len(connection.ticks("BTCUSD")) > 4200, 60, "ticks")
    trades = requests.get(f"http://127.0.0.1:{terminal.market.port}/api/v3/aggTrades", timeout=10,
                          params={"symbol": "BTCUSDT", "startTime": BEGIN_MS,
                                  "endTime": START_MS + 5000, "limit": 1000}).json()
    terminal.stop()
    ticks, at, distances = connection.ticks("BTCUSD"), 0, []
    for trade in trades:
        while at + 1 < len(ticks) and ticks[at + 1][0] - OFFSET_MS <= trade["T"]:
            at += 1
        distances.append((float(ticks[at][2]) + float(ticks[at][3])) / 2 - float(trade["p"]))
    mean = sum(distances) / len(distances)
    # 61 700 x (0.04 % +- 0.02 %) on average; what single ticks and trades are off it is less.
    assert 61700 * 0.0002 - 5 < mean < 61700 * 0.0006 + 5
    assert max(abs(distance - mean) for distance in distances) < 30


@pytest.mark.parametrize("options, said", [
    (["--mt5", "127.0.0.1:1"], "--mt5 needs one of --mt5-token-file and --mt5-token"),
    (["--mt5", "127.0.0.1:0", "--mt5-token", TOKEN], "port 0 is nowhere"),
    (["--mt5", "nonsense"], "--mt5 nonsense: not what is expected"),
    (["--mt5-offset", "+03:07"], "--mt5-offset +03:07: not what is expected"),
    (["--mt5-dst", "tomorrow"], "--mt5-dst tomorrow: not what is expected"),
    (["--mt5-print", "2026-07-02,2026-07-01"], "not what is expected"),
    (["--mt5-symbols", "EURUSD,EURUSD"], "EURUSD is given twice"),
    (["--mt5", "127.0.0.1:1", "--mt5-token-file", "/nowhere/token"], "no token can be read"),
])
def test_nonsense_is_refused_in_one_sentence(options, said):
    done = subprocess.run([places.program("marketsim"), "--no-tls", "--listen", "127.0.0.1:0",
                           *options], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode in (64, 71) and done.stdout == ""
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


# ---- at a real tickd ----

def truth_rows(span, *options):
    """{symbol: [(time_us, bid_e8, ask_e8)]} as marketsim prints them."""
    done = subprocess.run([places.program("marketsim"), *TIMES, "--mt5-print", span, *options],
                          capture_output=True, text=True, check=True)
    truth = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        truth.setdefault(row["symbol"], []).append(
            (int(row["ms_utc"]) * 1000, *(int(decimal.Decimal(row[name]) * 10**8)
                                          for name in ("bid", "ask"))))
    return truth


@pytest.mark.asan
def test_what_tickd_stores_of_it_through_kills_and_breaks_is_the_truth(site):
    token = set_mt5(site)
    listen = f"127.0.0.1:{free_port()}"
    site.set("mt5", listen=listen)
    rate = ("--mt5-rate", "3000")
    market = Market(site, *TIMES, "--mt5", listen, "--mt5-token", token, *rate)
    url = f"http://127.0.0.1:{market.port}/marketsim/mt5"

    def stored_until():
        return stored.value(site.database("ticks"), "SELECT max(time_us) FROM unified_ticks") or 0

    for ending in ("kill", "break", "kill", "break"):
        tickd = site.start("tickd")
        before = stored_until()
        wait_until(lambda before=before: stored_until() > before + 1_000_000, 60, "more is stored")
        if ending == "break":
            requests.get(url, params={"do": "break"}, timeout=10)
            before = stored_until()
            wait_until(lambda before=before: stored_until() > before + 1_000_000, 60, "and more")
        tickd.kill()
    tickd = site.start("tickd")
    before = stored_until()
    wait_until(lambda: stored_until() > max(before, START_MS * 1000) + 1_000_000, 60,
               "it has caught up")
    assert tickd.stop() == 0
    assert market.process.stop() == 0
    for symbol in ("EURUSD", "XAUUSD", "BTCUSD"):
        got = stored.rows(
            site.database("ticks"),
            "SELECT time_us, bid_e8, ask_e8 FROM unified_ticks JOIN symbols USING (symbol_id)"
            " WHERE source = 'mt5' AND symbol = ? ORDER BY time_us, tick_id", symbol)
        end_ms = got[-1][0] // 1000 + 1
        truth = truth_rows(f"{BEGIN_MS},{end_ms}", "--mt5-symbols", "EURUSD,XAUUSD,BTCUSD", *rate)
        assert len(got) > 200_000
        # The last millisecond may be stored in part.
        assert got == truth[symbol][:len(got)] and len(truth[symbol]) - len(got) < 10


def test_make_run_has_a_terminal_unless_told_otherwise(site):
    def start(**variables):
        return site.spawn("run", ["env", "--default-signal=INT", places.ROOT / "scripts/run",
                                  places.programs()], RUN=site.folder / "run",
                          LISTEN=f"127.0.0.1:{site.port}", SYMBOLS="BTCUSDT", **variables)

    def symbols():
        return stored.rows(
            site.folder / "run/state/tickd/unified_tick_pipeline.db",
            "SELECT DISTINCT symbol FROM unified_ticks JOIN symbols USING (symbol_id)"
            " WHERE source = 'sim-mt5' ORDER BY symbol")
    first_run = start()
    wait_until(lambda: symbols() == [("BTCUSD",), ("EURUSD",), ("XAUUSD",)], 40, "its ticks")
    token = site.folder / "run/mt5.token"
    kept = token.read_text()
    assert token.stat().st_mode & 0o077 == 0
    assert first_run.stop(30) == 0
    without = start(MT5="no")
    wait_until(lambda: "run: dashboard: http://" in without.text(), 40, "the dashboard")
    assert "[mt5]" not in (site.folder / "run/etc/trading.conf").read_text()
    assert without.stop(30) == 0
    assert token.read_text() == kept
    wrong = start(MT5="perhaps")
    assert wrong.wait_exit(10) == 64
    assert "MT5=perhaps: expected yes or no" in wrong.text()
