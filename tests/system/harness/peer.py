"""marketsim seen through streams and REST by independent peers: websockets and requests."""
import asyncio
import json
import ssl

import requests
import websockets

from harness.market import Market

SYMBOLS = ["BTCUSDT", "ETHUSDT"]
EACH = "btcusdt@trade/btcusdt@bookTicker/ethusdt@trade/ethusdt@bookTicker"


class Peer:
    """One marketsim, seen through streams and REST."""

    def __init__(self, site, *options, tls=True):
        self.market = Market(site, "--symbols", ",".join(SYMBOLS), *options, tls=tls)
        settings = self.market.settings()
        self.stream_url, self.rest_url = settings["stream_url"], settings["rest_url"]
        self.verify = str(settings["ca_file"]) if tls else None
        self.ssl = ssl.create_default_context(cafile=self.verify) if tls else None

    def connect(self, path="/stream?streams=" + EACH, **options):
        return websockets.connect(self.stream_url + path, ssl=self.ssl, max_size=2**20,
                                  compression=None, close_timeout=0.2, **options)

    def get(self, call, **params):
        return requests.get(f"{self.rest_url}/api/v3/{call}", params=params, timeout=10,
                            verify=self.verify)

    def rows(self, call, **params):
        answer = self.get(call, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def report(self):
        """What marketsim itself saw of its clients."""
        return requests.get(f"{self.rest_url}/marketsim/report", timeout=10,
                            verify=self.verify).json()

    def frames(self, count, path="/stream?streams=" + EACH, timeout=20):
        """The first `count` messages of a connection, or fewer when it ends before."""
        async def read():
            texts = []
            async with self.connect(path) as socket_:
                try:
                    while len(texts) < count:
                        texts.append(await asyncio.wait_for(socket_.recv(), timeout))
                except websockets.ConnectionClosed:
                    pass
            return texts
        return asyncio.run(read())

    def all_frames(self, path="/stream?streams=" + EACH, silence=2):
        """Every message until there was none for that long."""
        async def read():
            texts = []
            async with self.connect(path) as socket_:
                try:
                    while True:
                        texts.append(await asyncio.wait_for(socket_.recv(), silence))
                except (asyncio.TimeoutError, websockets.ConnectionClosed):
                    return texts
        return asyncio.run(read())


def parsed(texts):
    """The frames that are whole JSON."""
    for text in texts:
        try:
            yield json.loads(text)
        except ValueError:
            pass


def data_of(texts, stream):
    return [frame["data"] for frame in parsed(texts) if frame["stream"] == stream]


def contiguous(ids):
    return list(ids) == list(range(ids[0], ids[0] + len(ids)))
