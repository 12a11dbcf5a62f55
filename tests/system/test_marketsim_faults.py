"""What marketsim does to its clients on purpose, and what it tells of them afterwards."""
import asyncio
import json
import time

import pytest
import requests
import websockets

from harness.peer import SYMBOLS, Peer, contiguous, data_of, parsed
from harness.waiting import wait_until

FLAT_OUT = ["--frames-per-second", "0", "--start-time", "2026-07-01"]


def flat_out(site, *options, count=4000, path=None):
    """The first frames of a market that follows no clock: the same ones with every run."""
    peer = Peer(site, *FLAT_OUT, *options, tls=False)
    return peer.frames(count, path) if path else peer.frames(count)


def received_until_closed(peer, timeout=20):
    """(texts, the close frame or None) of one connection."""
    async def read():
        texts = []
        async with peer.connect() as socket_:
            try:
                while True:
                    texts.append(await asyncio.wait_for(socket_.recv(), timeout))
            except websockets.ConnectionClosed as closed:
                return texts, closed.rcvd
    return asyncio.run(read())


# ---- frames ----

@pytest.mark.asan
def test_repeated_frames_come_twice_and_nothing_else_changes(site):
    texts = flat_out(site, "--repeat", "0.1")
    once = [text for number, text in enumerate(texts) if number == 0 or text != texts[number - 1]]
    assert once == flat_out(site)[:len(once)]
    assert 0.05 < (len(texts) - len(once)) / len(once) < 0.2


@pytest.mark.asan
@pytest.mark.parametrize("path", [None, "/ws/btcusdt@trade"])
def test_swapped_trades_change_places_with_the_next_of_their_stream(site, path):
    texts = flat_out(site, "--swap", "0.1", path=path)
    plain = flat_out(site, path=path)
    frames = [json.loads(text) for text in texts]
    ids = [frame["t"] for frame in frames] if path else [
        trade["t"] for trade in data_of(texts, "btcusdt@trade")]
    swapped = sum(1 for one, two in zip(ids, ids[1:]) if two == one - 1)
    assert 0.03 < swapped / len(ids) < 0.2
    assert all(abs(one - two) <= 3 for one, two in zip(ids, ids[1:]))
    assert contiguous(sorted(ids[:-2]))
    assert set(texts[:-5]) <= set(plain)


@pytest.mark.asan
def test_a_swapped_trade_that_none_follows_comes_alone(site):
    peer = Peer(site, "--swap", "1", "--frames-per-second", "0", "--trades", "101", tls=False)
    async def read():
        ids = {symbol: [] for symbol in SYMBOLS}
        async with peer.connect() as socket_:
            while sum(map(len, ids.values())) < 101:
                data = json.loads(await asyncio.wait_for(socket_.recv(), 10))["data"]
                if "t" in data:
                    ids[data["s"]].append(data["t"])
        return ids
    assert all(contiguous(sorted(ids)) for ids in asyncio.run(read()).values())


def test_the_same_seed_has_the_same_faults(site):
    faults = ["--repeat", "0.1", "--swap", "0.1", "--drop-frames", "0.05", "--malformed", "0.02",
              "--unknown", "0.02"]
    assert flat_out(site, *faults) == flat_out(site, *faults)
    assert flat_out(site, *faults) != flat_out(site, *faults, "--seed", "2")


def test_a_slow_line_carries_so_many_bytes_a_second(site):
    peer = Peer(site, "--slow", "20000", "--rate", "5000", "--history", "0", tls=False)
    async def read():
        got, begun = 0, time.monotonic()
        async with peer.connect() as socket_:
            while got < 60000:
                got += len(await asyncio.wait_for(socket_.recv(), 5))
        return time.monotonic() - begun
    assert 2.5 < asyncio.run(read()) < 8


# ---- connections ----

@pytest.mark.asan
def test_a_connection_of_max_age_is_closed_with_a_goodbye(site):
    peer = Peer(site, "--max-age", "500ms", "--rate", "500")
    for _ in range(2):
        texts, goodbye = received_until_closed(peer)
        assert texts and goodbye.code == 1001
    made = peer.report()["connections"]["list"]
    assert [record["end"] for record in made] == ["max-age", "max-age"]
    assert all(500 <= record["closed_ms"] - record["opened_ms"] < 5000 for record in made)


@pytest.mark.asan
def test_a_shutdown_is_announced_its_lead_before_the_end(site):
    peer = Peer(site, "--shutdown-every", "300ms", "--shutdown-lead", "500ms", "--rate", "500")
    texts, goodbye = received_until_closed(peer)
    frames = [json.loads(text) for text in texts]
    told = [number for number, frame in enumerate(frames)
            if frame["stream"] == "!serverShutdown"]
    assert len(told) == 1 and 0 < told[0] < len(frames) - 50  # the market went on meanwhile
    assert frames[told[0]]["data"].keys() == {"e", "E"}
    assert frames[told[0]]["data"]["e"] == "serverShutdown"
    assert abs(frames[told[0]]["data"]["E"] - frames[told[0] - 1]["data"].get(
        "E", frames[told[0]]["data"]["E"])) < 10_000
    assert goodbye.code == 1001


@pytest.mark.asan
def test_a_shutdown_without_lead_is_the_last_thing_heard(site):
    peer = Peer(site, "--shutdown-every", "300ms", "--rate", "500", tls=False)
    async def read(path):
        last = None
        async with peer.connect(path) as socket_:
            try:
                while True:
                    last = json.loads(await asyncio.wait_for(socket_.recv(), 20))
            except websockets.ConnectionClosed:
                return last
    assert asyncio.run(read("/ws/btcusdt@trade"))["e"] == "serverShutdown"
    assert asyncio.run(read("/stream?streams=btcusdt@trade"))["stream"] == "!serverShutdown"


async def until(socket_, found):
    """The first frame that `found` says yes to, with how many trades came before it."""
    while True:
        frame = json.loads(await asyncio.wait_for(socket_.recv(), 20))
        if found(frame):
            return frame


def is_trade_of(symbol):
    return lambda frame: frame.get("stream") == f"{symbol.lower()}@trade"


async def trades_while(socket_, other, symbol):
    """The trades of `symbol` that come while 300 of the other one do."""
    seen, others = [], 0
    while others < 300:
        frame = json.loads(await asyncio.wait_for(socket_.recv(), 20))
        seen += [frame] if is_trade_of(symbol)(frame) else []
        others += is_trade_of(other)(frame)
    return seen


@pytest.mark.asan
@pytest.mark.parametrize("after", ["20", "0.2s"])
def test_a_mute_symbol_comes_back_when_it_is_subscribed_again(site, after):
    peer = Peer(site, "--mute", f"BTCUSDT:{after}", "--rate", "2000", tls=False)
    change = '{"method":"%s","params":["btcusdt@trade"],"id":1}'
    async def talk():
        async with peer.connect() as socket_:
            await until(socket_, is_trade_of("BTCUSDT"))
            while await trades_while(socket_, "ETHUSDT", "BTCUSDT"):
                pass
            await socket_.send(change % "SUBSCRIBE")  # it is subscribed already: no help
            await until(socket_, lambda frame: "result" in frame)
            assert await trades_while(socket_, "ETHUSDT", "BTCUSDT") == []
            await socket_.send(change % "UNSUBSCRIBE")
            await socket_.send(change % "SUBSCRIBE")
            await until(socket_, is_trade_of("BTCUSDT"))
            assert len(await trades_while(socket_, "ETHUSDT", "BTCUSDT")) > 100
    asyncio.run(talk())


@pytest.mark.asan
def test_a_symbol_that_is_mute_for_ever_stays_so_on_every_connection(site):
    peer = Peer(site, "--mute", "BTCUSDT:20:for-ever", "--rate", "2000", tls=False)
    async def talk():
        async with peer.connect() as socket_:
            await until(socket_, is_trade_of("BTCUSDT"))
            while await trades_while(socket_, "ETHUSDT", "BTCUSDT"):
                pass
            for method in ("UNSUBSCRIBE", "SUBSCRIBE"):
                await socket_.send(
                    '{"method":"%s","params":["btcusdt@trade"],"id":1}' % method)
            assert await trades_while(socket_, "ETHUSDT", "BTCUSDT") == []
        async with peer.connect() as socket_:
            assert await trades_while(socket_, "ETHUSDT", "BTCUSDT") == []
    asyncio.run(talk())
    symbols = peer.report()["symbols"]  # the market itself went on
    assert symbols["BTCUSDT"]["trades"] > 300 < symbols["ETHUSDT"]["trades"]


@pytest.mark.asan
def test_a_hole_exists_neither_in_the_stream_nor_in_rest(site):
    peer = Peer(site, "--hole", "BTCUSDT:200-300", "--frames-per-second", "0", "--trades", "3000",
                tls=False)
    texts = peer.all_frames("/stream?streams=btcusdt@trade/ethusdt@trade/btcusdt@aggTrade")
    ids = [trade["t"] for trade in data_of(texts, "btcusdt@trade")]
    told = peer.report()["symbols"]["BTCUSDT"]
    missing = sorted(set(range(ids[0], ids[-1] + 1)) - set(ids))
    assert contiguous(missing) and 101 <= len(missing) <= 121  # whole orders
    assert missing[0] <= ids[0] + 199 and ids[0] + 299 <= missing[-1]
    assert (told["first_id"], told["newest_id"], told["trades"]) == (ids[0], ids[-1], len(ids))
    rows = peer.rows("historicalTrades", symbol="BTCUSDT", fromId=ids[150], limit=1000)
    assert [row["id"] for row in rows] == ids[150:1150]
    aggregates = peer.rows("aggTrades", symbol="BTCUSDT", limit=1000)
    sent = data_of(texts, "btcusdt@aggTrade")
    assert [row["a"] for row in aggregates[-len(sent):]] == [one["a"] for one in sent]


# ---- REST ----

def test_every_nth_call_is_429_and_one_too_early_is_418(site):
    peer = Peer(site, "--rest-429", "3", "--retry-after", "2", tls=False)
    statuses = [peer.get("time").status_code for _ in range(2)]
    refused = peer.get("time")
    assert statuses == [200, 200] and refused.status_code == 429
    assert refused.headers["Retry-After"] == "2"
    early = peer.get("time")
    assert early.status_code == 418 and early.json()["code"] == -1003
    assert early.headers["Retry-After"] == "2"
    assert peer.get("time").status_code == 418
    answer = wait_until(lambda: (got := peer.get("time")).status_code == 200 and got, 20,
                        "the ban is over")
    assert "Retry-After" not in answer.headers
    rest = peer.report()["rest"]
    ban = rest["bans"][0]
    assert rest["early_calls"] == ban["early_calls"] >= 2
    assert ban["status"] == 418 and 0 < ban["early_by_ms"] <= 2000
    assert ban["until_ms"] <= ban["resumed_ms"] < ban["until_ms"] + 2000
    assert rest["statuses"]["429"] == 1 and rest["statuses"]["200"] == 3


def test_who_waits_as_long_as_told_is_never_too_early(site):
    peer = Peer(site, "--rest-418", "2", "--retry-after", "1", tls=False)
    for _ in range(2):
        assert peer.get("ping").status_code == 200
        refused = peer.get("ping")
        assert refused.status_code == 418
        time.sleep(int(refused.headers["Retry-After"]))  # the promise itself
    assert peer.get("ping").status_code == 200
    rest = peer.report()["rest"]
    assert rest["early_calls"] == 0 and len(rest["bans"]) == 2
    assert all(ban["resumed_ms"] >= ban["until_ms"] for ban in rest["bans"])


@pytest.mark.asan
def test_a_lagging_rest_ends_before_the_live_edge_and_keeps_its_time(site):
    peer = Peer(site, "--rest-lag", "30s", "--speed", "100", "--rate", "20", "--history", "1h",
                tls=False)
    wait_until(lambda: peer.rows("trades", symbol="BTCUSDT", limit=1), 20, "a trade is known")
    now = peer.rows("time")["serverTime"]
    for rows, key in [(peer.rows("trades", symbol="BTCUSDT"), "time"),
                      (peer.rows("historicalTrades", symbol="BTCUSDT"), "time"),
                      (peer.rows("aggTrades", symbol="BTCUSDT"), "T")]:
        assert rows and rows[-1][key] <= peer.rows("time")["serverTime"] - 30_000
        assert rows[-1][key] > now - 120_000
    newest = peer.report()["symbols"]["BTCUSDT"]["newest_id"]
    assert peer.rows("historicalTrades", symbol="BTCUSDT", fromId=newest, limit=1) == []
    klines = peer.rows("klines", symbol="BTCUSDT", interval="1s", limit=5)
    assert klines[-1][0] <= peer.rows("time")["serverTime"] - 30_000


def test_a_delayed_answer_comes_that_much_later_and_whole(site):
    peer = Peer(site, "--rest-delay", "1s")
    begun = time.monotonic()
    rows = peer.rows("historicalTrades", symbol="BTCUSDT", limit=1000)
    assert 1 <= time.monotonic() - begun < 5 and len(rows) == 1000


@pytest.mark.asan
def test_errors_of_rest_are_500_502_and_cut_connections(site):
    peer = Peer(site, "--rest-error", "0.5", tls=False)
    seen = {"cut": 0, "short": 0, 200: 0, 500: 0, 502: 0}
    for _ in range(80):
        try:
            answer = peer.get("historicalTrades", symbol="BTCUSDT", limit=100)
            seen[answer.status_code] += 1
            if answer.status_code == 200 and len(answer.content) < int(
                    answer.headers["Content-Length"]):
                seen["short"] += 1
            elif answer.status_code == 200:
                assert len(answer.json()) == 100
        except requests.exceptions.ConnectionError:
            seen["cut"] += 1
    assert min(seen.values()) > 0 and seen[200] > 20, seen
    rest = peer.report()["rest"]
    assert rest["cut"] == seen["cut"] + seen["short"]
    assert rest["statuses"]["502"] == seen[502]


@pytest.mark.asan
def test_malformed_answers_never_hold_a_trade(site):
    peer = Peer(site, "--rest-malformed", "0.5", tls=False)
    good = broken = 0
    for _ in range(100):
        answer = peer.get("historicalTrades", symbol="BTCUSDT", limit=20)
        assert answer.status_code == 200
        try:
            rows = answer.json()
            whole = [row for row in rows if isinstance(row["id"], int) and row["isBestMatch"]]
        except (ValueError, TypeError, KeyError):
            whole = []
        good += len(whole) == 20
        broken += len(whole) == 0
    assert good + broken == 100 and 25 < broken < 75


# ---- the report ----

@pytest.mark.asan
def test_the_report_tells_of_connections_pings_messages_and_calls(site):
    peer = Peer(site, "--ping-interval", "1s", "--rate", "500")
    async def talk():
        async with peer.connect() as socket_, peer.connect("/ws/btcusdt@trade"):
            for number in range(3):
                await socket_.send('{"method":"LIST_SUBSCRIPTIONS","id":%d}' % number)
            await until(socket_, lambda frame: frame.get("id") == 2)
            while (open_ := peer.report()["connections"])["list"][0]["pongs"] < 2:
                for _ in range(50):
                    await asyncio.wait_for(socket_.recv(), 20)
            assert (open_["open"], open_["list"][0]["closed_ms"]) == (2, None)
    asyncio.run(talk())
    peer.get("klines", symbol="BTCUSDT", interval="5m")
    peer.get("nothing")
    wait_until(lambda: peer.report()["connections"]["open"] == 0, 20, "both are closed")
    report = peer.report()
    connections = report["connections"]
    assert (connections["made"], connections["open_most"], connections["made_most_5min"]) == (
        2, 2, 2)
    first = connections["list"][0]
    assert first["end"] == "client" and first["streams_most"] == 4 and first["frames"] > 0
    assert first["pings"] >= 2 and first["pong_most_ms"] > 0  # how long is the peer's own matter
    assert first["messages"] >= 5 and 3 <= first["messages_most_1s"] <= 5
    assert report["rest"]["calls"]["/api/v3/klines"] == 1
    assert report["rest"]["calls"]["other"] == 1
    assert report["rest"]["statuses"] == {"200": 1, "404": 1}
    assert report["rest"]["weight_most"] in (2, 3) and report["rest"]["over_weight"] == 0


def test_the_report_knows_every_trade_that_was_made(site):
    peer = Peer(site, "--trades", "500", *FLAT_OUT, tls=False)
    before = peer.report()["symbols"]["BTCUSDT"]
    assert before["trades"] == 0 and before["first_id"] is None
    async def read():
        ids = {symbol: [] for symbol in SYMBOLS}
        async with peer.connect() as socket_:
            while sum(map(len, ids.values())) < 500:
                data = json.loads(await asyncio.wait_for(socket_.recv(), 10))["data"]
                if "t" in data:
                    ids[data["s"]].append(data["t"])
        return ids
    for symbol, ids in asyncio.run(read()).items():
        told = peer.report()["symbols"][symbol]
        assert (told["trades"], told["first_id"], told["newest_id"]) == (
            len(ids), ids[0], ids[-1])
        row = peer.rows("aggTrades", symbol=symbol, fromId=told["first_aggregate_id"], limit=1)
        assert row[0]["f"] == ids[0]


def test_faults_combine_and_rest_holds_every_trade(site):
    """What a client can put together from a bad line and from REST is the whole market."""
    peer = Peer(site, "--drop-frames", "0.05", "--repeat", "0.05", "--swap", "0.05",
                "--malformed", "0.02", "--huge", "0.01", "--unknown", "0.02",
                "--shutdown-every", "500ms", "--slow", "2000000", "--rest-429", "7",
                "--retry-after", "1", "--rest-error", "0.1", "--rest-malformed", "0.1",
                "--rate", "1000", "--history", "1h", tls=False)
    seen = {}
    for _ in range(3):
        for frame in parsed(received_until_closed(peer)[0]):
            data = frame.get("data") if isinstance(frame, dict) else None
            if isinstance(data, dict) and data.get("e") == "trade" and data.get("M") is True \
                    and data.get("s") == "BTCUSDT" and data.get("E", 0) > 10 ** 12:
                seen[data["t"]] = data
    at, newest = min(seen), max(seen)
    while at <= newest:
        try:
            answer = peer.get("historicalTrades", symbol="BTCUSDT", fromId=at, limit=1000)
            if answer.status_code in (418, 429):
                time.sleep(int(answer.headers["Retry-After"]))
            rows = answer.json()
            ids = [row["id"] for row in rows if row["isBestMatch"]]
        except (requests.exceptions.RequestException, ValueError, TypeError, KeyError):
            continue
        if not ids:
            continue
        assert ids == list(range(at, at + len(ids)))
        for row in rows:
            sent = seen.setdefault(row["id"], {"p": row["price"]})
            assert sent["p"] == row["price"]
        at = ids[-1] + 1
    assert set(range(min(seen), newest + 1)) <= set(seen)
    assert peer.report()["rest"]["early_calls"] == 0
