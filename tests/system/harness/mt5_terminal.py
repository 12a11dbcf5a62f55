"""An independent terminal: doc/mt5_protocol.md, spoken by Python over a real socket."""
import json
import socket
import ssl

from harness.waiting import wait_until

WINDOW = 64


class Gone(Exception):
    """The other side has ended the connection."""


class Connection:
    """Lines of JSON both ways."""

    def __init__(self, address, ca=None, timeout=20):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca is not None:
            self.socket = ssl.create_default_context(cafile=str(ca)).wrap_socket(
                self.socket, server_hostname=host)
        self.bytes = b""

    def send(self, message):
        self.send_bytes(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def send_bytes(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Gone from error

    def receive(self, timeout=20):
        """The next message; Gone at the end, TimeoutError when none comes."""
        self.socket.settimeout(timeout)
        while b"\n" not in self.bytes:
            try:
                more = self.socket.recv(1 << 16)
            except TimeoutError:
                raise
            except (OSError, ssl.SSLError) as error:
                raise Gone from error
            if not more:
                raise Gone
            self.bytes += more
        line, _, self.bytes = self.bytes.partition(b"\n")
        return json.loads(line)

    def waiting(self):
        """All messages that have come, without waiting."""
        found = []
        while True:
            try:
                found.append(self.receive(timeout=0.0001))
            except TimeoutError:
                return found

    def is_ended(self, timeout=20):
        """True once the other side has ended it; what it says before is passed over."""
        try:
            while True:
                self.receive(timeout)
        except Gone:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()


class Terminal:
    def __init__(self, site, broker, token, account="1001", server="Broker-Demo",
                 margin_mode="hedging", section="mt5", ca=None):
        self.site, self.broker, self.token = site, broker, token
        self.account, self.server, self.margin_mode = account, server, margin_mode
        self.section, self.ca = section, ca
        self.connection = None
        self.sent = dict.fromkeys(broker.symbols, 0)  # ticks, on this connection or committed before
        self.acked = dict.fromkeys(broker.symbols, 0)
        self.seq = dict.fromkeys(broker.symbols, 0)
        self.open = {}  # (symbol, seq) -> ticks sent with it
        self.welcome, self.said = None, []
        self.batch = 500

    # ---- coming and going ----

    def address(self):
        return wait_until(lambda: listening(self.site, self.section), what="tickd listens")

    def hello(self, **changes):
        return {"type": "hello", "version": 1, "token": self.token, "account": self.account,
                "server": self.server, "margin_mode": self.margin_mode, "currency": "USD",
                **self.broker.clocks(),
                "symbols": [symbol.info() for symbol in self.broker.symbols.values()], **changes}

    def connect(self, **changes):
        """Until welcome; an error is raised as AssertionError."""
        self.connection = Connection(self.address(), self.ca)
        self.connection.send(self.hello(**changes))
        self.welcome = self.connection.receive()
        assert self.welcome["type"] == "welcome", self.welcome
        self.open.clear()
        for name, symbol in self.broker.symbols.items():
            self.sent[name] = self.place(symbol, self.welcome["resume"].get(name))
        return self.welcome

    @staticmethod
    def place(symbol, mark):
        """How many of the symbol's ticks lie before that watermark."""
        if mark is None:
            return 0
        before = sum(tick[0] < mark["time_msc"] for tick in symbol.ticks)
        return before + mark["count_in_ms"]

    def leave(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    # ---- ticks ----

    def ticks_message(self, name, first, last):
        ticks = self.broker.symbols[name].ticks
        within = 0
        while first - within > 0 and ticks[first - within - 1][0] == ticks[first][0]:
            within += 1
        message = {"type": "ticks", "symbol": name, "seq": self.seq[name], **self.broker.clocks(),
                   "first": within, "ticks": [list(tick) for tick in ticks[first:last]]}
        if first == 0:
            message["from_msc"] = self.broker.start_ms
        return message

    def send_some(self, name):
        """One batch of what is new of a symbol; False where there is nothing, or no room."""
        first, ticks = self.sent[name], self.broker.symbols[name].ticks
        if first == len(ticks) or len(self.open) >= WINDOW:
            return False
        last = min(len(ticks), first + self.batch)
        self.seq[name] += 1
        self.open[name, self.seq[name]] = last
        self.sent[name] = last
        self.connection.send(self.ticks_message(name, first, last))
        return True

    def take(self, message):
        if message["type"] == "ack":
            last = self.open.pop((message["symbol"], message["seq"]))
            assert last >= self.acked[message["symbol"]]
            self.acked[message["symbol"]] = last
        else:
            self.said.append(message)

    def pump(self):
        """Sends all that is new and waits until all is acknowledged."""
        while any([self.send_some(name) for name in self.broker.symbols]) or self.open:
            self.take(self.connection.receive())
            for message in self.connection.waiting():
                self.take(message)

    def ask(self, kind):
        """The next message of that type; others are kept in `said`."""
        while True:
            message = self.connection.receive()
            if message["type"] == kind:
                return message
            self.take(message)


def listening(site, section="mt5"):
    """Where tickd listens, by its status.json."""
    for feed in site.status("tickd").get("feeds", ()):
        if feed["name"] == section and feed.get("listen"):
            return feed["listen"]
    return None


def mt5_feed(site, section="mt5"):
    for feed in site.status("tickd").get("feeds", ()):
        if feed["name"] == section:
            return feed
    return {}


def set_mt5(site, token="0123456789abcdef-token", section="mt5", **values):
    """Settings of an account, with its token in a file; returns the token."""
    file = site.folder / f"{section}.token"
    file.write_text(token + "\n")
    file.chmod(0o600)
    site.set("binance", enabled="no")
    site.set("mt5", enabled="yes", listen="127.0.0.1:0")
    site.set(section, token_file=file, **values)
    return token
