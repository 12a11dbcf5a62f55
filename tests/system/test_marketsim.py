"""marketsim against independent peers: Python's websockets and requests, over TLS with ca.pem."""
import asyncio
import json
import re
import signal
import socket
import subprocess

import pytest
import requests
import websockets

from harness import places
from harness.peer import SYMBOLS, Peer, contiguous, data_of, parsed
from harness.waiting import wait_until


@pytest.mark.asan
def test_the_stream_and_rest_agree_trade_by_trade(site):
    peer = Peer(site, "--rate", "2000")
    trades = data_of(peer.frames(3000), "btcusdt@trade")
    assert len(trades) > 300
    assert contiguous([trade["t"] for trade in trades])
    rows = peer.rows("historicalTrades", symbol="BTCUSDT", fromId=trades[0]["t"], limit=1000)
    for trade, row in zip(trades, rows):
        assert (row["id"], row["price"], row["qty"], row["time"], row["isBuyerMaker"]) == (
            trade["t"], trade["p"], trade["q"], trade["T"], trade["m"])
        assert trade["s"] == "BTCUSDT" and trade["e"] == "trade" and trade["M"] is True


def test_aggregates_of_the_stream_and_of_rest_are_the_same(site):
    peer = Peer(site, "--rate", "1000")
    sent = data_of(peer.frames(300, "/stream?streams=btcusdt@aggTrade"), "btcusdt@aggTrade")
    rows = peer.rows("aggTrades", symbol="BTCUSDT", fromId=sent[0]["a"], limit=300)
    keys = ("a", "p", "q", "f", "l", "T", "m", "M")
    assert [[row[key] for key in keys] for row in rows] == [
        [aggregate[key] for key in keys] for aggregate in sent]
    assert contiguous([aggregate["a"] for aggregate in sent])


def test_a_trade_happens_at_the_bid_or_ask_of_the_last_quote(site):
    quote, checked, update = None, 0, 0
    for frame in parsed(Peer(site, "--rate", "1000").frames(2000)):
        data = frame["data"]
        if frame["stream"] == "ethusdt@bookTicker":
            quote = data
            assert float(data["b"]) < float(data["a"])
            assert data["u"] > update
            update = data["u"]
        elif frame["stream"] == "ethusdt@trade" and quote:
            assert data["p"] == (quote["b"] if data["m"] else quote["a"])
            checked += 1
    assert checked > 100


@pytest.mark.asan
def test_klines_are_the_candles_of_the_trades(site):
    peer = Peer(site, "--start-time", "2026-07-01T12:03:20Z", "--rate", "50", "--history", "1h")
    rows = peer.rows("klines", symbol="ETHUSDT", interval="1m", limit=30)
    for row in rows[-5:-2]:  # of the past: no longer changing
        aggregates = peer.rows("aggTrades", symbol="ETHUSDT", startTime=row[0], endTime=row[6],
                               limit=1000)
        prices = [float(aggregate["p"]) for aggregate in aggregates]
        assert float(row[1]) == prices[0] and float(row[4]) == prices[-1]
        assert float(row[2]) == max(prices) and float(row[3]) == min(prices)
        assert float(row[5]) == pytest.approx(sum(float(a["q"]) for a in aggregates))
        assert row[8] == sum(a["l"] - a["f"] + 1 for a in aggregates) > 0
        assert float(row[9]) == pytest.approx(
            sum(float(a["q"]) for a in aggregates if not a["m"]))


def test_the_same_seed_is_the_same_market(site):
    options = ["--start-time", "2026-07-01", "--seed", "77", "--frames-per-second", "0"]
    first, second = Peer(site, *options, tls=False), Peer(site, *options, tls=False)
    texts = first.frames(5000)
    assert texts == second.frames(5000)
    assert texts != Peer(site, "--start-time", "2026-07-01", "--seed", "78",
                         "--frames-per-second", "0", tls=False).frames(5000)


def test_raw_streams_are_the_data_alone(site):
    for text in Peer(site, "--rate", "500").frames(50, "/ws/btcusdt@trade"):
        assert json.loads(text)["e"] == "trade"


@pytest.mark.asan
def test_subscriptions_change_while_connected(site):
    async def talk(peer):
        async with peer.connect("/stream") as socket_:
            await socket_.send('{"method":"SUBSCRIBE","params":["ethusdt@trade","no@such"],"id":1}')
            assert json.loads(await socket_.recv()) == {"result": None, "id": 1}
            assert json.loads(await socket_.recv())["stream"] == "ethusdt@trade"
            await socket_.send('{"method":"UNSUBSCRIBE","params":["ethusdt@trade"],"id":2}')
            while "result" not in (answer := json.loads(await socket_.recv())):
                assert answer["stream"] == "ethusdt@trade"
            await socket_.send('{"method":"LIST_SUBSCRIPTIONS","id":3}')
            assert json.loads(await socket_.recv()) == {"result": ["no@such"], "id": 3}
    asyncio.run(talk(Peer(site, "--rate", "500")))


def test_more_than_five_messages_a_second_disconnect(site):
    async def talk(peer):
        async with peer.connect("/stream") as socket_:
            with pytest.raises(websockets.ConnectionClosed):
                for number in range(7):
                    await socket_.send('{"method":"LIST_SUBSCRIPTIONS","id":%d}' % number)
                for _ in range(7):
                    await asyncio.wait_for(socket_.recv(), 10)
    asyncio.run(talk(Peer(site)))


def test_the_certificate_is_good_for_localhost_and_addresses_and_is_kept(site):
    first = Peer(site)
    port, kept = first.market.port, (site.folder / "tls" / "ca.pem").read_bytes()
    answer = requests.get(f"https://localhost:{port}/api/v3/ping", timeout=10,
                          verify=first.verify)
    assert answer.json() == {}
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://localhost:{port}/api/v3/ping", timeout=10)
    assert Peer(site).get("ping").status_code == 200
    assert (site.folder / "tls" / "ca.pem").read_bytes() == kept
    assert (site.folder / "tls" / "server.key").stat().st_mode & 0o077 == 0


def test_weights_are_accounted_and_over_the_limit_is_429(site):
    peer = Peer(site, "--weight-limit", "120")
    limits = peer.rows("exchangeInfo")["rateLimits"][0]
    assert (limits["rateLimitType"], limits["limit"]) == ("REQUEST_WEIGHT", 120)
    statuses, used = [], []
    for _ in range(12):  # a minute may begin in between, but not twice
        answer = peer.get("historicalTrades", symbol="BTCUSDT", limit=1)
        statuses.append(answer.status_code)
        used.append(int(answer.headers["X-MBX-USED-WEIGHT-1M"]))
        if answer.status_code == 429:
            assert 1 <= int(answer.headers["Retry-After"]) <= 61
            assert answer.json()["code"] == -1003
            assert used[-1] > 120
    assert 200 in statuses and 429 in statuses


def test_faults_in_requests_are_answered_in_the_exchanges_words(site):
    peer = Peer(site)
    for call, params, code in [
            ("klines", {"symbol": "NOPE", "interval": "5m"}, -1121),
            ("klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120),
            ("aggTrades", {"symbol": "BTCUSDT", "fromId": "x"}, -1100),
            ("aggTrades", {}, -1102)]:
        answer = peer.get(call, **params)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert peer.get("nothing").status_code == 404


def test_exchange_time_runs_as_fast_as_asked(site):
    peer = Peer(site, "--start-time", "2026-07-01T00:00:00Z", "--speed", "1000", "--rate", "1")
    begin = 1782864000000
    wait_until(lambda: peer.rows("time")["serverTime"] > begin + 300_000, 20, "five minutes passed")
    rows = peer.rows("klines", symbol="BTCUSDT", interval="1m", startTime=begin)
    assert rows[0][0] == begin and len(rows) >= 5


def test_the_market_stops_after_the_trades_given_and_goes_on_serving(site):
    peer = Peer(site, "--trades", "500", "--frames-per-second", "0", "--history", "0")
    texts = peer.all_frames()
    trades = {s: data_of(texts, f"{s.lower()}@trade") for s in SYMBOLS}
    assert sum(map(len, trades.values())) == 500
    for symbol, sent in trades.items():
        rows = peer.rows("historicalTrades", symbol=symbol, fromId=0, limit=1000)
        assert [row["id"] for row in rows] == [trade["t"] for trade in sent]


def test_a_live_client_that_does_not_read_is_dropped_and_the_market_goes_on(site):
    peer = Peer(site, "--frames-per-second", "400000", "--rate", "400000", "--history", "0",
                "--weight-limit", "1000000", tls=False)
    newest = lambda: peer.rows("trades", symbol="BTCUSDT", limit=1)[0]["id"]
    async def stall():
        async with peer.connect(max_queue=1) as socket_:
            await socket_.recv()
            first = newest()  # blocking on purpose: nothing is read meanwhile
            wait_until(lambda: newest() > first + 500_000, 60, "a million trades went by")
            with pytest.raises(websockets.ConnectionClosedError):
                while True:
                    await asyncio.wait_for(socket_.recv(), 20)
    asyncio.run(stall())
    assert peer.frames(100)


# ---- faults ----

def test_cut_after_sends_exactly_so_many_frames_and_no_goodbye(site):
    peer = Peer(site, "--cut-after", "137", "--rate", "2000")
    async def read():
        count = 0
        async with peer.connect() as socket_:
            with pytest.raises(websockets.ConnectionClosedError) as closed:
                while True:
                    await asyncio.wait_for(socket_.recv(), 20)
                    count += 1
        return count, closed.value.rcvd
    assert asyncio.run(read()) == (137, None)


@pytest.mark.asan
def test_cut_every_resets_each_connection_again_and_again(site):
    peer = Peer(site, "--cut-every", "300ms", "--rate", "500")
    async def read():
        async with peer.connect() as socket_:
            with pytest.raises(websockets.ConnectionClosedError):
                while True:
                    await asyncio.wait_for(socket_.recv(), 20)
    for _ in range(3):
        asyncio.run(read())


def test_silence_after_keeps_the_socket_and_the_pings(site):
    peer = Peer(site, "--silence-after", "50", "--rate", "2000", "--ping-interval", "200ms")
    async def read():
        pings = []
        async with peer.connect() as socket_:
            for _ in range(50):
                await asyncio.wait_for(socket_.recv(), 20)
            pong = socket_.pong
            async def seen(data):
                pings.append(data)
                await pong(data)
            socket_.pong = seen
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(socket_.recv(), 2)
            assert socket_.open
        return pings
    pings = asyncio.run(read())
    assert len(pings) >= 4 and len(set(pings)) == len(pings)


def test_dropped_frames_leave_holes_that_rest_can_fill(site):
    peer = Peer(site, "--drop-frames", "0.1", "--frames-per-second", "0")
    trades = data_of(peer.frames(4000), "btcusdt@trade")
    ids = [trade["t"] for trade in trades]
    missing = sorted(set(range(ids[0], ids[-1] + 1)) - set(ids))
    assert 0.05 < len(missing) / len(ids) < 0.2
    row = peer.rows("historicalTrades", symbol="BTCUSDT", fromId=missing[0], limit=1)[0]
    assert row["id"] == missing[0]


def trade_of(frame):
    """The trade in a frame when it is one by all its keys."""
    data = frame.get("data") if isinstance(frame, dict) else None
    if isinstance(data, dict) and data.get("e") == "trade" and isinstance(data.get("t"), int) \
            and re.fullmatch(r"\d{1,11}\.\d{8}", str(data.get("p"))) and "m" in data:
        return data
    return None


@pytest.mark.asan
@pytest.mark.parametrize("fault", ["malformed", "unknown", "huge"])
def test_additional_frames_leave_the_trades_whole(site, fault):
    peer = Peer(site, f"--{fault}", "0.05", "--frames-per-second", "0")
    texts = peer.frames(4000)
    trades = {}
    for frame in parsed(texts):
        if (trade := trade_of(frame)) and trade["s"] == "BTCUSDT":
            trades[trade["t"]] = trade
    assert contiguous(sorted(trades)) and len(trades) > 500
    plain = [json.loads(text) for text in texts if '"Zz"' not in text and '@' in text
             and text.endswith("}}") and "depthUpdate" not in text] if fault != "malformed" else []
    odd = len(texts) - sum(1 for frame in plain if frame["data"].get("e") in (None, "trade"))
    if fault == "malformed":
        odd = len(texts) - sum(1 for frame in parsed(texts)
                               if trade_of(frame) or "B" in (frame.get("data") or {}))
    assert 50 < odd < 600
    sizes = [len(text.encode()) for text in texts]
    assert (max(sizes) > 65536) == (fault == "huge")


# ---- captures ----

def test_a_capture_is_played_whole_and_served_by_rest(site, captures):
    peer = Peer(site, "--capture", *captures, "--speed", "0", tls=False)
    texts = peer.frames(99574, "/stream?streams=btcusdt@trade/btcusdt@bookTicker")
    trades = [frame["data"] for frame in parsed(texts) if frame.get("stream") == "btcusdt@trade"]
    assert len(trades) == 9757 + 10147 and contiguous([trade["t"] for trade in trades])
    rows, at = [], trades[0]["t"]
    while page := peer.rows("historicalTrades", symbol="BTCUSDT", fromId=at, limit=1000):
        rows += page
        at = page[-1]["id"] + 1
    assert [(row["id"], row["price"], row["qty"], row["time"]) for row in rows] == [
        (trade["t"], trade["p"], trade["q"], trade["T"]) for trade in trades]
    golden = (captures[0].parent / "btcusdt_M5.csv").read_text().split("\n")[1:]
    klines = peer.rows("klines", symbol="BTCUSDT", interval="5m")
    assert [[row[0], *row[1:6], row[8]] for row in klines] == [
        [int(line[0]), *line[1:6], int(line[7])]
        for line in (text.split(",") for text in golden if text)]


def test_each_connection_gets_the_capture_from_its_beginning(site, captures):
    peer = Peer(site, "--capture", captures[0], "--speed", "0", tls=False)
    assert peer.frames(500) == peer.frames(500)


# ---- the command line ----

def run(*options):
    return subprocess.run([places.program("marketsim"), *options], capture_output=True, text=True,
                          timeout=20, check=False)


@pytest.mark.parametrize("options", [
    ["--rate", "many"], ["--drop-frames", "2"], ["--symbols", "A,,B"], ["--listen", "here"],
    ["--speed", "0"], ["--nonsense"], ["word"], ["--history", "3y"],
])
def test_bad_options_are_one_sentence_and_64(options):
    done = run(*options)
    assert done.returncode == 64
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith(
        ("marketsim: ", str(places.program("marketsim"))))


def test_a_port_in_use_is_one_sentence_and_75():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run("--no-tls", "--listen", f"127.0.0.1:{port}")
    assert done.returncode == 75
    assert done.stderr == (
        f"marketsim: cannot listen on 127.0.0.1 port {port}: Address already in use\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(site, number):
    process = Peer(site, tls=False).market.process
    process.popen.send_signal(number)
    assert process.popen.wait(10) == 0


def test_readiness_and_the_port_are_told(site):
    file = site.folder / "port"
    process = site.spawn("marketsim", [places.program("marketsim"), "--no-tls", "--listen",
                                       "127.0.0.1:0", "--port-file", file], notify=True)
    process.wait_ready()
    port = int(file.read_text())
    assert requests.get(f"http://127.0.0.1:{port}/api/v3/ping", timeout=10).json() == {}


def test_every_option_is_in_the_manual():
    manual = (places.ROOT / "doc" / "marketsim.1").read_text()
    options = re.findall(r"^  --(\S+)", run("--help").stdout, re.MULTILINE)
    assert len(options) > 30
    assert [name for name in options
            if not re.search(rf"^\.It Fl (?:\w , )?-{name}\b", manual, re.MULTILINE)] == []
