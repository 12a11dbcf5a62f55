"""An exchange of the tests' own: plays given frames over WebSocket and answers REST calls.

Independent of marketsim, so that one cannot hide the other's mistakes. It runs on threads of the
test process: WebSocket frames at full speed from the first, then the connection stays open.
"""
import asyncio
import http.server
import json
import ssl
import threading
import urllib.parse

import websockets

from harness import expected


class Exchange:
    """start() it, hand stream_url and rest_url to the settings, stop() it."""

    def __init__(self, frames, certificate=None, key=None, close_after=None):
        """close_after: the first connection is cut after so many frames; the next starts anew."""
        self.frames = frames
        self.trades = expected.trades_of(frames)
        self.close_after = close_after
        self.tls = None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate, key)
        self.connections = 0
        self.paths = []  # of the WebSocket requests
        self.calls = []  # of the REST calls
        self.now_ms = 1_700_000_000_000 if not self.trades else min(
            trades[0].time_ms for trades in self.trades.values())
        self.played = threading.Event()  # all frames have been written once
        self.loop = asyncio.new_event_loop()
        self.started = threading.Event()

    # ---- life ----

    def start(self):
        self.rest = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        if self.tls:
            self.rest.socket = self.tls.wrap_socket(self.rest.socket, server_side=True)
        self.threads = [
            threading.Thread(target=self.rest.serve_forever, daemon=True),
            threading.Thread(target=self.run_streams, daemon=True),
        ]
        for thread in self.threads:
            thread.start()
        assert self.started.wait(10)
        return self

    def stop(self):
        self.rest.shutdown()
        self.rest.server_close()
        self.loop.call_soon_threadsafe(self.ended.set)
        for thread in self.threads:
            thread.join(10)

    def settings(self):
        """What goes into [binance]."""
        s = "s" if self.tls else ""
        return {
            "stream_url": f"ws{s}://127.0.0.1:{self.stream_port}",
            "rest_url": f"http{s}://127.0.0.1:{self.rest.server_address[1]}",
        }

    # ---- streams ----

    def run_streams(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.serve_streams())
        self.loop.close()

    async def serve_streams(self):
        self.ended = asyncio.Event()
        async with websockets.serve(
            self.play, "127.0.0.1", 0, ssl=self.tls, compression=None, ping_interval=1,
            max_queue=None,
        ) as server:
            self.stream_port = server.sockets[0].getsockname()[1]
            self.started.set()
            await self.ended.wait()

    async def play(self, connection, path):
        self.connections += 1
        self.paths.append(path)
        cut = self.close_after if self.connections == 1 else None
        for number, frame in enumerate(self.frames):
            if number == cut:
                connection.transport.abort()
                return
            await connection.send(frame)
        self.now_ms = max(
            (trades[-1].time_ms for trades in self.trades.values()), default=self.now_ms)
        self.played.set()
        await connection.wait_closed()

    # ---- REST ----

    def handler(exchange):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                exchange.calls.append(self.path)
                status, answer = exchange.answer(url.path, query)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json;charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-MBX-USED-WEIGHT-1M", "20")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Says nothing: `calls` has them."""

        return Handler

    def answer(self, path, query):
        """(status, JSON) of one call."""
        if path == "/api/v3/time":
            return 200, {"serverTime": self.now_ms}
        if path == "/api/v3/exchangeInfo":
            return 200, self.exchange_info()
        if path not in ("/api/v3/klines", "/api/v3/historicalTrades", "/api/v3/aggTrades"):
            return 404, {"code": -1, "msg": "no such call"}
        if query.get("symbol") not in self.trades:
            return 400, {"code": -1121, "msg": "Invalid symbol."}
        trades = self.trades[query["symbol"]]
        limit = min(int(query.get("limit", 500)), 1000)
        if path == "/api/v3/historicalTrades":
            first = int(query.get("fromId", trades[-limit].trade_id if limit <= len(trades) else 0))
            return 200, [rest_trade(t) for t in trades if t.trade_id >= first][:limit]
        if path == "/api/v3/aggTrades":
            return 200, self.aggregates(trades, query)[:limit]
        start = int(query.get("startTime", 0))
        end = int(query.get("endTime", 1 << 60))
        return 200, [kline(c) for c in expected.candles_of(trades)
                     if start <= c.open_time_ms <= end][:limit]

    @staticmethod
    def aggregates(trades, query):
        """Each trade as an aggregate of its own."""
        start, end = int(query.get("startTime", 0)), int(query.get("endTime", 1 << 60))
        first = int(query.get("fromId", 0))
        return [
            {"a": t.trade_id, "p": f"{t.price:f}", "q": f"{t.quantity:f}", "f": t.trade_id,
             "l": t.trade_id, "T": t.time_ms, "m": t.sold, "M": True}
            for t in trades if t.trade_id >= first and start <= t.time_ms <= end
        ]

    def exchange_info(self):
        return {
            "timezone": "UTC",
            "serverTime": self.now_ms,
            "rateLimits": [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE",
                            "intervalNum": 1, "limit": 6000}],
            "symbols": [{"symbol": symbol, "status": "TRADING", "baseAsset": symbol[:-4],
                         "quoteAsset": symbol[-4:], "baseAssetPrecision": 8,
                         "quotePrecision": 8, "quoteAssetPrecision": 8,
                         "filters": [{"filterType": "PRICE_FILTER", "minPrice": "0.01000000",
                                      "maxPrice": "1000000.00000000", "tickSize": "0.01000000"}]}
                        for symbol in self.trades],
        }


def rest_trade(trade):
    return {"id": trade.trade_id, "price": f"{trade.price:f}", "qty": f"{trade.quantity:f}",
            "quoteQty": f"{trade.price * trade.quantity:f}", "time": trade.time_ms,
            "isBuyerMaker": trade.sold, "isBestMatch": True}


def kline(candle):
    """An array of the exchange's klines; the taker's quote volume is not looked at by anyone."""
    return [candle.open_time_ms, *(f"{value:f}" for value in (
                candle.open, candle.high, candle.low, candle.close, candle.volume)),
            candle.open_time_ms + expected.M5_MS - 1, f"{candle.quote_volume:f}", candle.trades,
            f"{candle.taker_buy_volume:f}", "0", "0"]
