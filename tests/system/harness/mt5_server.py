"""tickd's side of doc/mt5_protocol.md in a few lines of Python: what a bridge has to get along with."""
import json
import random
import socket
import ssl
import threading
from decimal import Decimal

import pytest

from harness import places

LINE_MOST = 256 * 1024
LINES_MOST = 64  # ticks lines without an ack


class Mt5Server:
    """Takes one bridge after the other; keeps what is committed over connections."""

    def __init__(self, certificate=None, seed=1, break_chance=0.0, commit_every=1):
        self.random = random.Random(seed)
        self.break_chance, self.commit_every = break_chance, commit_every
        self.breaks_most, self.breaks = 0, 0
        self.ticks, self.marks = {}, {}  # committed: symbol -> [row], symbol -> (ms, count)
        self.pending = []  # of this connection, not committed: (symbol, seq, rows, mark)
        self.sent = {}  # on this connection: symbol -> (ms, count)
        self.hellos, self.bars, self.positions, self.closed = [], [], [], []
        self.accounts, self.results, self.pings, self.faults, self.from_msc = [], [], 0, [], {}
        self.lines = []  # (symbol, first ms, last ms) of ticks lines as they came
        self.answer_hello, self.answers, self.acks = None, True, True  # error for welcome; pongs; acks
        self.wants_bars, self.open = {}, []
        self.connection, self.lock = None, threading.RLock()
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def stop(self):
        self.listener.close()
        self.hang_up()

    def hang_up(self):
        connection = self.connection
        if connection:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                self.serve(connection)
            except OSError:
                pass
            finally:
                self.connection = None
                connection.close()

    def say(self, message):
        """False: nobody is there."""
        with self.lock:
            try:
                self.connection.sendall(json.dumps(message).encode() + b"\n")
                return True
            except (AttributeError, OSError):
                return False

    def act(self, **action):
        return self.say({"type": "action", "check": False, "action": "test", **action})

    def serve(self, connection):
        self.pending, self.sent, left = [], {}, b""
        self.connection = connection
        while True:
            data = connection.recv(65536)
            if not data:
                return
            left += data
            *lines, left = left.split(b"\n")
            if len(left) > LINE_MOST:
                self.faults.append(f"a line of more than {len(left)} bytes")
            for line in lines:
                if len(line) + 1 > LINE_MOST:
                    self.faults.append(f"a line of {len(line)} bytes")
                if not self.take(json.loads(line)):
                    return

    def breaks_now(self):
        if self.breaks < self.breaks_most and self.random.random() < self.break_chance:
            self.breaks += 1
            return True
        return False

    def take(self, message):
        """False: this connection is to end."""
        kind = message["type"]
        if not self.hellos and kind != "hello":
            self.faults.append(f"{kind} before hello")
        if self.breaks_now():  # the line is lost
            return False
        getattr(self, "on_" + kind)(message)
        return not self.breaks_now()

    def on_hello(self, message):
        self.hellos.append(message)
        if self.answer_hello:
            self.say({"type": "error", **self.answer_hello})
            self.hang_up()
            return
        resume = {name: {"time_msc": ms, "count_in_ms": count}
                  for name, (ms, count) in self.marks.items()}
        self.say({"type": "welcome", "version": 1, "source": "mt5", "mode": "execute",
                  "resume": resume, "bars": self.wants_bars, "open": self.open})

    def on_ticks(self, message):
        name, rows = message["symbol"], message["ticks"]
        if "from_msc" in message:
            self.from_msc.setdefault(name, []).append(message["from_msc"])
        before = [one for one in self.pending if one[0] == name]
        mark = before[-1][3] if before else self.marks.get(name, (0, 0))
        if (rows[0][0], message["first"]) < self.sent.get(name, (0, 0)):
            self.faults.append(f"{name}: sent twice on one connection: {rows[0]}")
        placed, at = [], (rows[0][0], message["first"] - 1)
        for row in rows:
            if row[0] < at[0]:
                self.faults.append(f"{name}: time falls at {row[0]}")
            at = (row[0], at[1] + 1 if row[0] == at[0] else 0)
            if at >= (mark[0], mark[1]):
                placed.append((*at, *map(Decimal, row[1:5]), row[5]))
        self.sent[name] = (at[0], at[1] + 1)
        self.lines.append((name, rows[0][0], rows[-1][0]))
        self.pending.append((name, message["seq"], placed, max(mark, (at[0], at[1] + 1))))
        if len(self.pending) > LINES_MOST:
            self.faults.append(f"{len(self.pending)} lines without an ack")
        if len(self.pending) >= self.commit_every:
            self.commit()

    def on_ping(self, message):
        self.pings += 1
        if self.answers:
            self.say({"type": "pong"})
            self.commit()

    def commit(self):
        """All that is pending; one ack for each symbol, for its last line."""
        if not self.acks:
            return
        acks = {}
        for name, seq, rows, mark in self.pending:
            self.ticks.setdefault(name, []).extend(rows)
            self.marks[name] = mark
            acks[name] = seq
        self.pending = []
        if self.breaks_now():  # committed, but nobody is told
            self.hang_up()
            return
        for name, seq in acks.items():
            self.say({"type": "ack", "symbol": name, "seq": seq})

    def on_bars(self, message):
        self.bars.append(message)

    def on_account(self, message):
        self.accounts.append(message)

    def on_positions(self, message):
        self.positions.append(message)

    def on_closed(self, message):
        self.closed.append(message)

    def on_result(self, message):
        self.results.append(message)


def read_truth(file):
    """All ticks that the scripted market has ever had: symbol -> rows as Mt5Server.ticks has them."""
    truth = {}
    for line in file.read_text().splitlines():
        name, ms, place, *prices, flags = line.split()
        truth.setdefault(name, []).append((int(ms), int(place), *map(Decimal, prices), int(flags)))
    return truth


class Terminal:
    """A MetaTrader terminal of ours with the bridge in it (tests/mt5); its broker outlives it."""

    def __init__(self, site, port, script, *options, name="terminal", token="a-token-of-the-tests"):
        self.site, self.name = site, name
        self.state = site.folder / name
        self.script = site.folder / f"{name}.txt"
        self.script.write_text(script)
        self.truth_file = site.folder / f"{name}.truth"
        self.argv = [places.build() / "tests/mt5/bridge", "--script", self.script,
                     "--state", self.state, "--truth", self.truth_file, "--port", port,
                     "--token", token, *options]
        self.process = None

    def start(self):
        if not self.argv[0].exists():
            pytest.fail(f"{self.argv[0]} is not built (make test-programs)", pytrace=False)
        self.process = self.site.spawn(self.name, self.argv)
        return self

    def kill(self):
        """Without a goodbye."""
        self.process.popen.kill()
        self.process.popen.wait()

    def text(self):
        return self.process.text()

    def truth(self):
        return read_truth(self.truth_file)

    def rows(self, name):
        """Of STATE/orders (executed) or STATE/sends (tried), as words."""
        try:
            return [line.split() for line in (self.state / name).read_text().splitlines()]
        except FileNotFoundError:
            return []

    def marks(self):
        """The flushed global variables of the terminal."""
        try:
            rows = (self.state / "globals").read_text().splitlines()
        except FileNotFoundError:
            return {}
        return {name: float(value) for name, value in (row.split("\t") for row in rows)}
