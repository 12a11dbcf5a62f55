"""logd: every route, every refusal, what it logs, and that bad clients hurt only themselves."""
import concurrent.futures
import json
import re
import socket
import sqlite3
import subprocess
import time
from decimal import Decimal

import pytest
import requests

from harness import places, stored
from harness.market import Market
from harness.waiting import wait_until

HOST = b"Host: 127.0.0.1\r\n"
SYMBOLS = "BTCUSDT,ETHUSDT"


# ---- setting up ----

def url(site, path):
    return f"http://127.0.0.1:{site.port}{path}"


def start(site, *options, **environment):
    """logd alone, ready."""
    return site.start("logd", *options, **environment)


def fill(site, ticks=1500):
    """Ticks of a simulated market, stored by tickd, which leaves again."""
    market = Market(site, "--symbols", SYMBOLS, "--rate", "3000", "--history", "2d")
    site.set("binance", symbols=SYMBOLS, history="1d", **market.settings())
    tickd = site.start("tickd")
    wait_until(lambda: stored.trade_count(site.database("ticks")) > ticks, 30, "ticks are stored")
    wait_until(lambda: len(stored.candles(site.database("ticks"), "BTCUSDT")) > 250, 30, "history")
    assert tickd.stop() == 0
    market.process.stop()


def get(site, path, **options):
    return requests.get(url(site, path), timeout=15, **options)


def talk(site, sent, timeout=10, pause=None):
    """What comes back on a connection of its own until its end (b"" for a reset without words)."""
    got = b""
    with socket.create_connection(("127.0.0.1", site.port), timeout) as connection:
        try:
            for part in sent if isinstance(sent, list) else [sent]:
                connection.sendall(part)
            while True:
                part = connection.recv(65536)
                if not part:
                    return got
                got += part
        except (ConnectionResetError, BrokenPipeError):
            return got


def answer_of(raw):
    """(status, headers, JSON) of raw bytes that hold one answer."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, json.loads(body) if body else None


def assert_error(answer, status, code):
    assert answer.status_code == status, (answer.status_code, answer.text)
    error = answer.json()["error"]
    assert set(error) == {"code", "message"} and error["code"] == code, error
    assert error["message"]
    return error["message"]


def log_rows(site, where="1"):
    return stored.rows(site.database("logs"),
                       "SELECT method, endpoint, status_code, client, details, response_time_us"
                       f" FROM api_logs WHERE {where} ORDER BY id")


# ---- alone ----

@pytest.mark.asan
def test_alone_it_is_ready_before_any_other_database_exists_and_says_so(site):
    logd = start(site)
    status, health = site.get("/health")
    assert status == 503 and health["ok"] is False
    components = health["components"]
    assert components["main_db"]["status"] == components["analysis_db"]["status"] == "missing"
    assert components["logs_db"]["status"] == "ok" and components["logs_db"]["owner"].split()[0] == "logd"
    assert components["tickd"]["status"] == components["analysisd"]["status"] == "stopped"
    assert components["trading-supervisor"]["status"] == "absent"
    assert health["access_permissions"] == {
        "main_db": "NONE", "analysis_db": "NONE", "logs_db": "READ + WRITE"}
    for path in ("/api/v1/symbols", "/api/v1/ticks/BTCUSDT", "/api/v1/candles/BTCUSDT/M5",
                 "/market-data/BTCUSDT"):
        assert "tickd creates it" in assert_error(get(site, path), 503, "database_missing")
    assert not site.database("ticks").exists()
    assert not site.database("ticks").parent.exists(), "a reader has created something"
    assert logd.stop() == 0
    assert not (site.runtime / "logd" / "status.json").exists()


def test_port_0_is_any_free_port_and_is_shown_in_the_log_and_in_status_json(site):
    site.set("api", listen="127.0.0.1:0")
    logd = start(site)
    site.port = site.status("logd")["api"]["port"]
    assert site.port > 0 and f"http://127.0.0.1:{site.port}" in logd.text()
    assert site.get("/health")[0] == 503


def test_a_port_in_use_is_refused_with_75_and_the_holders_pid(site):
    first = start(site)
    site.set("paths", state_dir=site.folder / "s2", runtime_dir=site.folder / "r2")
    second = site.start("logd", ready=False)
    assert second.wait_exit() == 75
    assert str(first.pid) in second.text() and str(site.port) in second.text()


def test_a_second_logd_on_the_same_database_is_refused_by_the_firsts_pid(site):
    first = start(site)
    second = site.start("logd", "-o", "api.listen=127.0.0.1:0", ready=False)
    assert second.wait_exit() == 75
    assert str(first.pid) in second.text()
    assert site.get("/health")[0] == 503, "the first one serves on"


def test_a_database_of_a_newer_schema_is_refused_with_both_numbers(site):
    start(site).stop()
    with sqlite3.connect(site.database("logs")) as database:
        database.execute("PRAGMA user_version=99")
    logd = site.start("logd", ready=False)
    assert logd.wait_exit() == 78
    assert "99" in logd.text() and "version 2" in logd.text()


# ---- the data ----

@pytest.mark.asan
def test_ticks_come_in_pages_that_join_to_all_that_is_stored(site):
    fill(site)
    start(site)
    expected = stored.rows(site.database("ticks"),
                           "SELECT tick_id, time_us, price_e8, volume_e8, bid_e8, ask_e8, flags"
                           " FROM unified_ticks JOIN symbols USING (symbol_id)"
                           " WHERE symbol = 'BTCUSDT' ORDER BY time_us, tick_id")
    ticks, after = [], None
    while True:
        page = get(site, "/api/v1/ticks/BTCUSDT", params={
            "limit": 97, **({"from": "2000-01-01"} if after is None else {"after": after})}).json()
        ticks += page["ticks"]
        after = page["next"]
        if after is None:
            break
        assert len(page["ticks"]) == 97 and page["last"] == page["next"]
    assert len(ticks) == len(expected) > 97

    def e8(price):
        return None if price is None else int(Decimal(price) * 10**8)

    for tick, (tick_id, time_us, *prices, flags) in zip(ticks, expected):
        assert tick["id"] == tick_id and tick["flags"] == flags
        assert [e8(tick[key]) for key in ("price", "volume", "bid", "ask")] == prices
        assert tick["side"] == ("sell" if flags & 4 else "buy")
        whole, fraction = tick["time"].rstrip("Z").split(".")
        stamp = time.strptime(whole, "%Y-%m-%dT%H:%M:%S")
        assert int(time.mktime(stamp) - time.timezone) * 10**6 + int(fraction) == time_us
    # An `after` at the end is where one waits for more.
    rest = get(site, "/api/v1/ticks/BTCUSDT", params={"after": page["last"]}).json()
    assert rest["ticks"] == [] and rest["next"] is None and rest["last"] is None


def test_ticks_of_a_range_and_the_newest(site):
    fill(site)
    start(site)
    rows = stored.rows(site.database("ticks"),
                       "SELECT tick_id, time_us FROM unified_ticks JOIN symbols USING (symbol_id)"
                       " WHERE symbol = 'ETHUSDT' ORDER BY time_us, tick_id")
    begin, end = rows[100][1] // 1000, rows[300][1] // 1000  # milliseconds
    inside = [row[0] for row in rows if begin * 1000 <= row[1] < end * 1000]
    ids = [tick["id"] for tick in get(site, "/api/v1/ticks/ETHUSDT", params={
        "from": begin, "to": end, "limit": 1000}).json()["ticks"]]
    assert ids == inside
    newest = get(site, "/api/v1/ticks/sim:ETHUSDT?limit=3").json()
    assert [tick["id"] for tick in newest["ticks"]] == [row[0] for row in rows[-3:]]
    assert newest["source"] == "sim" and newest["next"] is None


@pytest.mark.asan
def test_candles_of_every_timeframe_are_those_that_sql_computes(site):
    fill(site)
    start(site)
    m5 = stored.candles(site.database("ticks"), "BTCUSDT")
    for timeframe, minutes in [("M5", 5), ("M15", 15), ("M30", 30), ("H1", 60), ("H4", 240),
                               ("D1", 1440)]:
        slot_us = minutes * 60 * 10**6
        expected = {}
        for row in m5:
            expected.setdefault(row[0] // slot_us * slot_us, []).append(row)
        answer = get(site, f"/api/v1/candles/BTCUSDT/{timeframe}?from=2000-01-01&limit=10000").json()
        assert answer["timeframe"] == timeframe and answer["next"] is None
        assert len(answer["candles"]) == len(expected)
        for candle, (open_us, parts) in zip(answer["candles"], sorted(expected.items())):
            assert candle["time"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(open_us / 1e6))
            prices = [int(Decimal(candle[key]) * 10**8) for key in ("open", "high", "low", "close")]
            assert prices == [parts[0][1], max(part[2] for part in parts),
                              min(part[3] for part in parts), parts[-1][4]]
            assert candle["trades"] == sum(part[8] for part in parts)
            assert candle["volume"] == pytest.approx(sum(part[5] for part in parts), rel=1e-12)
        if timeframe == "M5":
            assert [candle["complete"] for candle in answer["candles"]] == [bool(row[11]) for row in m5]


def test_candles_in_pages_join_and_the_newest_are_the_last(site):
    fill(site)
    start(site)
    everything = get(site, "/api/v1/candles/BTCUSDT/M15?from=2000-01-01&limit=10000").json()["candles"]
    paged, begin = [], "2000-01-01"
    while begin is not None:
        page = get(site, "/api/v1/candles/BTCUSDT/M15", params={"from": begin, "limit": 7}).json()
        paged += page["candles"]
        begin = page["next"]
    assert paged == everything
    assert get(site, "/api/v1/candles/BTCUSDT/M15?limit=5").json()["candles"] == everything[-5:]


def test_symbols_show_their_newest_price(site):
    fill(site)
    start(site)
    symbols = {symbol["symbol"]: symbol for symbol in get(site, "/api/v1/symbols").json()["symbols"]}
    assert set(symbols) == set(SYMBOLS.split(","))
    for name, symbol in symbols.items():
        price, ticks = stored.rows(
            site.database("ticks"), "SELECT price_e8, s.ticks FROM unified_ticks t JOIN symbols s"
            " USING (symbol_id) WHERE symbol = ? ORDER BY time_us DESC, tick_id DESC LIMIT 1", name)[0]
        assert int(Decimal(symbol["price"]) * 10**8) == price and symbol["ticks"] == ticks
        assert symbol["source"] == "sim"


def test_market_data_has_numbers_ten_candles_and_the_newest_analyses(site):
    fill(site)
    start(site)
    data = get(site, "/market-data/BTCUSDT").json()
    assert data["success"] is True
    tick = data["data"]["tick_data"]
    assert tick["symbol"] == "BTCUSDT" and tick["source"] == "sim"
    assert all(isinstance(tick[key], (int, float)) for key in ("price", "volume", "bid", "ask"))
    candles = data["data"]["m5_candles"]
    assert len(candles) == 10 and candles == sorted(candles, key=lambda c: c["timestamp"])
    assert data["data"]["analysis_data"] == []  # analysisd has never run
    site.start("analysisd")

    def analyses():
        return get(site, "/market-data/BTCUSDT").json()["data"]["analysis_data"]

    found = wait_until(lambda: len(analyses()) == 5 and analyses(), 30, "analyses appear")
    assert [analysis["analysis_type"] for analysis in found] == [
        "enhanced_symbol_analysis", "volatility_analysis", "trend_analysis", "momentum_analysis",
        "market_structure"]
    assert {analysis["timeframe"] for analysis in found} == {"M5"}
    assert len({analysis["timestamp"] for analysis in found}) == 1
    assert all(isinstance(analysis["result"], dict) for analysis in found)


@pytest.mark.asan
def test_the_newest_volatility_and_offsets_are_answered_and_404_where_there_are_none(site):
    fill(site)
    start(site)
    assert_error(get(site, "/volatility/BTCUSDT"), 503, "database_missing")
    daemon = site.start("analysisd")
    wait_until(lambda: site.status("analysisd").get("analysis", {}).get("newest_candle_us")
               and site.status("analysisd")["analysis"]["pending"] == 0, 60, "all is analysed")
    newest_us, result = stored.rows(
        site.database("analysis"), "SELECT time_us, result FROM analysis_results WHERE symbol ="
        " 'BTCUSDT' AND analysis_type = 'volatility_analysis' AND timeframe = 'M5'"
        " ORDER BY time_us DESC LIMIT 1")[0]
    answer = get(site, "/volatility/BTCUSDT").json()
    assert answer["success"] is True
    data = answer["data"]
    assert data["result"] == json.loads(result)
    assert (data["symbol"], data["analysis_type"], data["timeframe"]) == (
        "BTCUSDT", "volatility_analysis", "M5")
    assert data["confidence"] == data["result"]["confidence"]["value"]
    assert data["timestamp"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(newest_us // 10**6))
    message = assert_error(get(site, "/offset-calibration/BTCUSDT"), 404, "no_analysis")
    assert message == "there is no calibration of offsets of sim:BTCUSDT"
    for path in ("/volatility/NOSUCH", "/offset-calibration/NOSUCH"):
        assert_error(get(site, path), 404, "unknown_symbol")
    assert_error(get(site, "/volatility/BTCUSDT?limit=1"), 400, "bad_parameter")
    assert daemon.stop() == 0


def test_a_symbol_of_two_sources_is_409_with_the_choices(site):
    fill(site)
    with sqlite3.connect(site.database("ticks")) as database:
        database.execute("INSERT INTO symbols(source, symbol) VALUES('binance', 'BTCUSDT')")
    database.close()
    start(site)
    for path in ("/api/v1/ticks/BTCUSDT", "/api/v1/candles/BTCUSDT/M5", "/market-data/BTCUSDT"):
        message = assert_error(get(site, path), 409, "ambiguous_symbol")
        assert "binance:BTCUSDT, sim:BTCUSDT" in message
    assert get(site, "/api/v1/ticks/sim:BTCUSDT").status_code == 200
    other = get(site, "/api/v1/ticks/binance:BTCUSDT").json()
    assert other["ticks"] == [] and other["source"] == "binance"


# ---- errors ----

@pytest.mark.asan
def test_every_error_has_its_status_and_a_json_body(site):
    fill(site)
    start(site)
    ticks, candles = "/api/v1/ticks/BTCUSDT", "/api/v1/candles/BTCUSDT/M5"
    for path in ("/api/v1/ticks/NOSUCH", "/api/v1/candles/NOSUCH/M5", "/market-data/NOSUCH",
                 "/api/v1/ticks/x:BTCUSDT", "/api/v1/ticks/btcusdt", "/api/v1/ticks/:"):
        assert_error(get(site, path), 404, "unknown_symbol")
    for path in ("/nothing", "/api/v1/ticks", "/api/v1/ticks/", "/api/v1/candles/BTCUSDT", "/assets/no",
                 "/assets/../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/health/x"):
        assert_error(get(site, path), 404, "no_such_path")
    assert "M15" in assert_error(get(site, "/api/v1/candles/BTCUSDT/M6"), 400, "bad_timeframe")
    for query, name in [("?limit=0", "limit"), ("?limit=10001", "limit"), ("?limit=x", "limit"),
                        ("?from=x", "from"), ("?to=2026-99-01", "to"), ("?from=2&to=1", "from"),
                        ("?limit=1&limit=2", "limit"), ("?limt=1", "limt"),
                        ("?from=1'%20OR%20'1'='1", "from")]:
        for path in (ticks, candles):
            assert assert_error(get(site, path + query), 400, "bad_parameter").startswith(name)
    assert_error(get(site, ticks + "?after=zzz"), 400, "bad_parameter")
    assert_error(get(site, "/market-data/BTCUSDT?limit=1"), 400, "bad_parameter")
    cursor = get(site, "/api/v1/ticks/ETHUSDT?limit=1").json()["last"]
    assert_error(get(site, ticks + f"?after={cursor}"), 400, "bad_parameter")
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = requests.request(method, url(site, ticks), timeout=10)
        assert_error(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD"
    assert_error(requests.post(url(site, "/nothing"), data="x", timeout=10), 404, "no_such_path")
    assert_error(get(site, "/" + "a" * 2000), 414, "uri_too_long")
    assert_error(get(site, ticks + "?" + "limit=1&" * 20), 414, "uri_too_long")
    assert_error(get(site, "/nothing", headers={"X": "a" * 20000}), 431, "headers_too_large")


def test_sql_in_every_part_of_a_request_changes_and_reveals_nothing(site):
    fill(site)
    start(site)
    before = stored.value(site.database("ticks"), "SELECT count(*) FROM symbols")
    for text in ("' OR 1=1 --", "BTCUSDT'; DROP TABLE symbols; --", "\" OR \"\"=\"", "%", "_TCUSDT"):
        quoted = requests.utils.quote(text, safe="")
        for path in (f"/api/v1/ticks/{quoted}", f"/api/v1/candles/{quoted}/M5", f"/market-data/{quoted}"):
            assert_error(get(site, path), 404, "unknown_symbol")
        assert_error(get(site, f"/api/v1/ticks/BTCUSDT?after={quoted}"), 400, "bad_parameter")
        assert_error(get(site, f"/api/v1/candles/BTCUSDT/{quoted}"), 400, "bad_timeframe")
    assert stored.value(site.database("ticks"), "SELECT count(*) FROM symbols") == before


def test_a_host_or_an_origin_that_is_not_ours_is_refused(site):
    start(site)
    for host in ("evil.example", f"evil.example:{site.port}", "127.0.0.1.evil.example", "192.0.2.1"):
        assert_error(get(site, "/health", headers={"Host": host}), 421, "host_not_ours")
    for origin in ("http://evil.example", "null", f"https://127.0.0.1:{site.port}", "http://localhost:1"):
        assert_error(get(site, "/health", headers={"Origin": origin}), 403, "origin_not_ours")
    ours = {"Host": f"localhost:{site.port}", "Origin": f"http://localhost:{site.port}"}
    assert get(site, "/pipeline-status", headers=ours).status_code == 200


@pytest.mark.asan
def test_malformed_requests_get_the_right_status_and_a_row_in_the_log(site):
    start(site)
    asked = [
        (b"\x00\x01\x02\r\n\r\n", 400),
        (b"BREW /a HTTP/1.1\r\n" + HOST + b"\r\n", 501),
        (b"GET /b HTTP/9.9\r\n" + HOST + b"\r\n", 505),
        (b"GET http://127.0.0.1/c HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /d%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /e%00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /f HTTP/1.1\r\n\r\n", 400),
        (b"GET /g HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
        (b"GET /h HTTP/1.1\r\n" + HOST + b" folded: x\r\n\r\n", 400),
        (b"POST /i HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /j HTTP/1.1\r\n" + HOST + b"Content-Length: 999999999\r\n\r\n", 413),
        (b"GET /" + b"k" * 9000, 414),
        (b"GET /l HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 9000, 431),
        (b"GET /m HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 200 + b"\r\n", 431),
    ]
    for sent, status in asked:
        got, headers, body = answer_of(talk(site, sent))
        assert got == status, sent
        assert headers["connection"] == "close" and body["error"]["code"]
    wait_until(lambda: len(log_rows(site)) == len(asked), 10, "all of them are logged")
    assert [row[2] for row in log_rows(site)] == [status for _, status in asked]
    assert [row[1] for row in log_rows(site)][1:4] == ["/a", "/b", "http://127.0.0.1/c"]
    assert site.status("logd")["state"] == "running"


def test_a_wish_to_change_the_protocol_is_answered_as_a_plain_request(site):
    start(site)
    for wish in (b"Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                 b"Sec-WebSocket-Version: 13\r\n", b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
                 b"Upgrade: nonsense\r\n"):
        request = b"GET /nothing HTTP/1.1\r\n" + HOST + b"Connection: upgrade, close\r\n" + wish + b"\r\n"
        assert answer_of(talk(site, request))[0] == 404
        # The same as a later request of a connection, which reaches the library as it is.
        first = b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n"
        assert talk(site, first + request).count(b"HTTP/1.1 404") >= 1
    assert site.get("/health")[0] == 503


def test_a_body_that_nobody_asked_for_does_not_become_a_request(site):
    start(site)
    inner = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
    sent = b"POST /health HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(inner) + inner
    assert answer_of(talk(site, sent))[0] == 405
    wait_until(lambda: log_rows(site), 10, "it is logged")
    assert [row[1] for row in log_rows(site)] == ["/health"]


# ---- answers as such ----

def test_answers_carry_security_headers_and_keep_the_connection(site):
    start(site)
    with requests.Session() as session:
        for path in ("/", "/health", "/nothing"):
            headers = session.get(url(site, path), timeout=10).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "default-src 'self'" in headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        wait_until(lambda: site.status("logd")["api"]["requests"] == 3, 10, "status.json counts them")
        api = site.status("logd")["api"]
    assert api["open_connections"] == 1 and api["errors"] == 2 and api["port"] == site.port


def test_pipelined_requests_are_answered_in_order(site):
    start(site)
    request = b"GET /number%d HTTP/1.1\r\n" + HOST + b"%s\r\n"
    raw = talk(site, b"".join(request % (i, b"Connection: close\r\n" if i == 9 else b"")
                              for i in range(10)))
    assert raw.count(b"HTTP/1.1 404") == 10
    places = [raw.index(b"/number%d\"" % i) for i in range(10)]
    assert places == sorted(places)


def test_head_has_the_headers_of_get_and_no_body(site):
    start(site)
    head, whole = requests.head(url(site, "/"), timeout=10), get(site, "/")
    assert head.status_code == 200 and head.content == b""
    assert head.headers["Content-Length"] == str(len(whole.content))
    assert requests.head(url(site, "/nothing"), timeout=10).status_code == 404


def test_curl_gets_the_page_and_its_assets_and_not_again_when_they_are_the_same(site):
    start(site)
    done = subprocess.run(["curl", "-sS", "-o", "-", "-w", "%{http_code} %{content_type}", url(site, "/")],
                          capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.endswith("200 text/html; charset=utf-8") and "<title>" in done.stdout
    for name, kind in [("app.js", "text/javascript"), ("style.css", "text/css"), ("icon.svg", "image/svg"),
                       ("lightweight-charts.js", "text/javascript")]:
        asset = get(site, f"/assets/{name}")
        assert asset.status_code == 200 and asset.headers["Content-Type"].startswith(kind)
        assert len(asset.content) > 100 and "://unpkg" not in asset.text
        again = get(site, f"/assets/{name}", headers={"If-None-Match": asset.headers["ETag"]})
        assert again.status_code == 304 and again.content == b""


def test_pipeline_status_and_system_health_have_the_four_parts(site):
    market = Market(site, "--symbols", "BTCUSDT", "--rate", "200")
    site.set("binance", symbols="BTCUSDT", **market.settings())
    site.start_stack()
    wait_until(lambda: site.get("/health")[0] == 200, 30, "all is well")
    for path in ("/pipeline-status", "/system-health"):
        status, answer = site.get(path)
        assert status == 200 and answer["success"] is True
        data = answer["data"]
        assert set(data) == {"health_data", "database_status", "shared_memory", "access_permissions"}
        assert data["access_permissions"] == {
            "main_db": "READ", "analysis_db": "READ", "logs_db": "READ + WRITE"}
        assert {entry["owner"].split()[0] for entry in data["database_status"].values()} == {
            "tickd", "analysisd", "logd"}
        assert data["shared_memory"]["processes"]["tickd"]["state"] == "running"
        symbol = data["health_data"]["components"]["symbol:sim:BTCUSDT"]
        assert symbol["status"] == "live" and symbol["age_ms"] < 60000


# ---- health that follows ----

def test_health_falls_when_the_feed_ends_and_rises_again(site):
    market = Market(site, "--symbols", "BTCUSDT", "--rate", "200")
    site.set("binance", symbols="BTCUSDT", **market.settings())
    site.start_stack()
    wait_until(lambda: site.get("/health")[0] == 200, 30, "all is well")
    market.process.stop()

    def feed():
        status, health = site.get("/health")
        return status == 503 and health["components"]["feed:binance"]["ok"] is False

    wait_until(feed, 30, "the feed's end is seen")
    Market(site, "--symbols", "BTCUSDT", "--rate", "200", port=market.port)
    wait_until(lambda: site.get("/health")[0] == 200, 60, "all is well again")
    rows = stored.rows(site.database("logs"), "SELECT status FROM system_health"
                       " WHERE component = 'feed:binance' ORDER BY id")
    statuses = [row[0] for row in rows]
    assert "live" in statuses and any(status != "live" for status in statuses)


def test_health_names_a_child_that_is_gone(site):
    fill(site)
    start(site)
    tickd = site.start("tickd")
    wait_until(lambda: site.get("/health")[1]["components"]["tickd"]["status"] != "stopped", 10, "it is seen")
    tickd.kill()
    status, _ = site.get("/health")
    assert status == 503
    wait_until(lambda: site.get("/health")[1]["components"]["tickd"]["status"] == "stopped", 15, "its end is")
    assert site.get("/health")[1]["components"]["main_db"]["status"] == "no writer"


def test_every_component_has_rows_in_system_health(site):
    start(site)

    def components():
        return {row[0] for row in stored.rows(site.database("logs"),
                                              "SELECT DISTINCT component FROM system_health")}

    wait_until(lambda: components() >= {"tickd", "analysisd", "logd", "trading-supervisor", "main_db",
                                        "analysis_db", "logs_db", "feed:binance", "disk"}, 10, "rows")
    details = stored.rows(site.database("logs"), "SELECT status, details FROM system_health")
    assert all(json.loads(text)["status"] == status for status, text in details)


# ---- the request log ----

@pytest.mark.asan
def test_every_request_is_one_row_without_its_query(site):
    logd = start(site)
    asked = []
    with requests.Session() as session:
        for i in range(300):
            method, path, status = [("GET", "/nothing", 404), ("HEAD", "/", 200), ("POST", "/health", 405),
                                    ("GET", "/health", 503), ("GET", "/api/v1/symbols", 503)][i % 5]
            answer = session.request(method, url(site, path), params={
                "token": "very-secret"} if path == "/nothing" else None, timeout=10)
            assert answer.status_code == status
            asked.append((method, path, status, "127.0.0.1"))
    assert logd.stop() == 0
    rows = log_rows(site)
    assert [row[:4] for row in rows] == asked
    assert all(json.loads(row[4])["bytes"] >= 0 and row[5] >= 0 for row in rows)
    whole = site.database("logs").read_bytes()
    wal = site.database("logs").with_name("system_logs.db-wal")
    assert b"very-secret" not in whole + (wal.read_bytes() if wal.exists() else b"")


def test_rows_are_there_soon_while_it_runs(site):
    start(site)
    get(site, "/nothing")
    wait_until(lambda: len(log_rows(site)) == 1, 5, "the row is committed")


# ---- limits ----

def test_a_query_past_its_time_limit_is_504_and_the_next_is_served(site):
    fill(site, ticks=20000)
    start(site, "-o", "api.query_time=1ms", "-o", "api.rows=1000000")
    answer = get(site, "/api/v1/ticks/BTCUSDT?from=2000-01-01&limit=1000000")
    assert_error(answer, 504, "query_too_long")
    assert get(site, "/api/v1/ticks/BTCUSDT?limit=1").status_code == 200


def test_more_connections_than_allowed_are_told_503_and_room_is_made_again(site):
    start(site, "-o", "api.connections=5")
    held = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(5)]
    wait_until(lambda: site.status("logd")["api"]["open_connections"] == 5, 10, "five are open")
    status, _, body = answer_of(talk(site, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"))
    assert status == 503 and body["error"]["code"] == "too_many_connections"
    for connection in held:
        connection.close()
    wait_until(lambda: site.status("logd")["api"]["open_connections"] == 0, 10, "none is open")
    assert site.get("/health")[0] == 503 and site.get("/pipeline-status")[0] == 200


def test_slow_clients_are_told_408_and_others_are_served_meanwhile(site):
    start(site)
    slow = [socket.create_connection(("127.0.0.1", site.port), 30) for _ in range(50)]
    began = time.monotonic()
    for number, connection in enumerate(slow):
        connection.sendall(b"GET / HTTP/1.1\r\n"[:1 + number % 15])
    wait_until(lambda: site.status("logd")["api"]["open_connections"] == 50, 10, "all are open")

    def drip_and_serve():
        """A byte a look from each does not buy more time."""
        for connection in slow:
            try:
                connection.sendall(b"a")
            except OSError:
                pass
        assert get(site, "/pipeline-status").status_code == 200
        return site.status("logd")["api"]["open_connections"] <= 1

    wait_until(drip_and_serve, 30, "all slow ones are closed", poll=0.5)
    assert time.monotonic() - began < 25
    wait_until(lambda: len(log_rows(site, "status_code = 408")) == 50, 10, "all of them are logged")
    for connection in slow:
        connection.close()


def test_a_client_that_does_not_read_holds_up_nobody(site):
    fill(site, ticks=12000)
    start(site)
    lazy = []
    for _ in range(10):
        connection = socket.create_connection(("127.0.0.1", site.port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /api/v1/ticks/BTCUSDT?from=2000-01-01&limit=10000 HTTP/1.1\r\n"
                           + HOST + b"\r\n")
        lazy.append(connection)
    for _ in range(20):
        began = time.monotonic()
        assert get(site, "/market-data/BTCUSDT").status_code == 200
        assert time.monotonic() - began < 5
    for connection in lazy:
        connection.close()
    wait_until(lambda: len(log_rows(site, "endpoint LIKE '/api/v1/ticks/%'")) == 10, 15, "all are logged")
    assert site.status("logd")["state"] == "running"


def test_many_clients_at_once_get_whole_answers(site):
    fill(site, ticks=5000)
    start(site)
    expected = get(site, "/api/v1/ticks/BTCUSDT?from=2000-01-01&limit=5000").content
    assert len(expected) > 200000

    def ask(number):
        headers = {"Connection": "close" if number % 2 else "keep-alive"}
        path = "/api/v1/ticks/BTCUSDT?from=2000-01-01&limit=5000"
        return get(site, path, headers=headers).content == expected

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(100)))


# ---- what tickd publishes ----

def publish(site, **of_feed):
    """tickd's status file of this moment, in tickd's place."""
    folder = site.runtime / "tickd"
    folder.mkdir(parents=True, exist_ok=True)
    feed = {"name": "binance", "source": "sim", "state": "live", "ticks_per_second": 1.5, "gaps": 1,
            "reconnects": 2, "rotations": 3, "rest": {"weight_used": 40, "wait_s": 0, "why": None},
            "backfill": {"state": "filling", "missing": 77, "filled": 5},
            "clock": {"offset_ms": 250, "frames_offset_ms": 240, "alarm": False},
            "recorder": {"file": None, "bytes": 0, "frames": 0, "lost": 0},
            "symbols": [{"symbol": "BTCUSDT", "ticks": 1234, "silent": False, "gaps": 1,
                         "missing": 77, "backfilled": 5}]}
    feed.update(of_feed)
    whole = {"program": "tickd", "state": "running", "pid": 1, "status": "",
             "updated_us": int(time.time() * 1e6), "feeds": [feed]}
    (folder / "new").write_text(json.dumps(whole))
    (folder / "new").rename(folder / "status.json")


def component(site, name, path="/health"):
    return site.get(path)[1]["components"][name]


@pytest.mark.asan
def test_health_follows_what_tickd_says_of_its_feed(site):
    site.set("binance", source="sim")
    start(site)

    def becomes(name, status, sentence=None, path="/health", **of_feed):
        def seen():
            publish(site, **of_feed)
            found = component(site, name, path)
            return found["status"] == status and found.get("problems") == (
                sentence and [sentence]) and found["ok"] is (sentence is None)

        wait_until(seen, 10, f"{name} is {status}: {sentence}")

    becomes("feed:binance", "live")
    becomes("feed:binance", "degraded", "our clock is 3.215 s behind the exchange's: set it right",
            clock={"offset_ms": 3215, "frames_offset_ms": None, "alarm": True})
    becomes("feed:binance", "degraded", "77 missing ids cannot be asked for within 900 s: banned",
            path="/api/v1/health", rest={"weight_used": 6000, "wait_s": 900, "why": "banned"})
    becomes("feed:binance", "degraded", "the recorder loses frames: 8 so far",
            recorder={"file": "f", "bytes": 1, "frames": 2, "lost": 8})
    publish(site, symbols=[{"symbol": "BTCUSDT", "silent": True, "missing": 77}])
    wait_until(lambda: component(site, "symbol:sim:BTCUSDT").get("problems") == [
        "BTCUSDT is silent, against its own rate, while its connection lives"], 10)
    assert component(site, "symbol:sim:BTCUSDT")["missing"] == 77
    # The change is in the record, with its sentence.
    wait_until(lambda: stored.value(
        site.database("logs"), "SELECT count(*) FROM system_health WHERE component = 'feed:binance'"
        " AND status = 'degraded' AND details LIKE '%behind the exchange%'"), 10)


METRIC = re.compile(r'^([a-z_]+)\{([a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\} -?[0-9.e+]+$')


def metrics(site):
    """{line without its value: value}, every line checked for its form."""
    answer = get(site, "/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4"
    assert answer.text.endswith("\n")
    found, typed = {}, []
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            typed.append(line.split()[2])
        elif not line.startswith("# HELP "):
            assert METRIC.match(line), line
            assert line.startswith(typed[-1] + "{"), line
            name, value = line.rsplit(" ", 1)
            found[name] = float(value)
    assert len(typed) == len(set(typed))
    return found


@pytest.mark.asan
def test_metrics_are_what_the_status_files_say(site):
    site.set("binance", source="sim")
    start(site)
    assert metrics(site) == {'trading_up{daemon="tickd"}': 0}
    labels = '{source="sim",symbol="BTCUSDT"}'
    expected = {'trading_up{daemon="tickd"}': 1, f"trading_gaps_open{labels}": 1,
                f"trading_gap_ids_missing{labels}": 77, f"trading_backfilled_total{labels}": 5,
                f"trading_ticks_total{labels}": 1234, 'trading_rest_weight_used{source="sim"}': 40,
                'trading_clock_offset_seconds{source="sim"}': 0.25,
                'trading_feed_reconnects_total{source="sim"}': 2,
                'trading_feed_rotations_total{source="sim"}': 3,
                'trading_feed_ticks_per_second{source="sim"}': 1.5}

    def seen():
        publish(site)
        return metrics(site) == expected

    wait_until(seen, 10, "the figures of the file")
    # A file of the past says nothing of the present.
    wait_until(lambda: metrics(site) == {'trading_up{daemon="tickd"}': 0}, 20)


def test_metrics_of_a_running_tickd_count_its_ticks(site):
    market = Market(site, "--symbols", SYMBOLS, "--rate", "500")
    site.set("binance", symbols=SYMBOLS, **market.settings())
    site.start("tickd")
    start(site)
    names = [f'trading_ticks_total{{source="sim",symbol="{name}"}}' for name in SYMBOLS.split(",")]
    first = wait_until(lambda: all(metrics(site).get(name, 0) > 0 for name in names) and metrics(site), 20)
    wait_until(lambda: all(metrics(site)[name] > first[name] for name in names), 20)
    assert metrics(site)['trading_feed_reconnects_total{source="sim"}'] == 0


# ---- restarts ----

def start_on(site, listener):
    """logd on a socket that is handed to it, as the supervisor does."""
    fd = listener.fileno()
    with open(site.logs / "handed.log", "ab") as log:
        logd = subprocess.Popen(
            [places.program("logd"), "-c", site.file], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=[fd], env=site.environment(TRADING_LISTEN_FD=fd))
    site.at_end.append(lambda: end(logd))
    return logd


def end(process):
    if process.poll() is None:
        process.terminate()
    return process.wait(10)


def test_a_kept_listening_socket_refuses_no_connection_across_restarts(site):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", site.port))
    listener.listen(128)
    site.write_settings()
    with listener:
        for _ in range(3):
            logd = start_on(site, listener)
            assert get(site, "/pipeline-status").status_code == 200
            assert end(logd) == 0
            with socket.create_connection(("127.0.0.1", site.port), 20) as waiting:  # nobody serves
                waiting.sendall(b"GET /nothing HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
                logd = start_on(site, listener)
                assert waiting.recv(20).startswith(b"HTTP/1.1 404")
            assert end(logd) == 0


def test_kill_9_loses_at_most_what_was_not_yet_committed(site):
    logd = start(site)
    for _ in range(50):
        get(site, "/nothing")
    wait_until(lambda: len(log_rows(site)) == 50, 10, "they are stored")
    logd.kill()
    start(site)
    get(site, "/nothing")
    wait_until(lambda: len(log_rows(site)) == 51, 10, "it goes on")
    assert stored.integrity(site.database("logs")) == "ok"
