"""tickd as a terminal of MetaTrader 5 sees it: takes connections, welcomes, acknowledges.

Independent of tickd, for what marketsim says as a terminal (doc/mt5_protocol.md).
"""
import json
import socket
import ssl
import threading

LINE_MAX = 256 * 1024


class Connection:
    """One connection of a terminal; all its messages in the order of their coming."""

    def __init__(self, peer, accepted):
        self.peer, self.socket = peer, accepted
        self.messages, self.longest, self.ended = [], 0, False
        self.paused = threading.Event()
        self.paused.set()

    def of(self, kind):
        return [message for message in list(self.messages) if message["type"] == kind]

    def send(self, **message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def serve(self):
        try:
            for line in self.socket.makefile("rb"):
                self.paused.wait()
                self.longest = max(self.longest, len(line))
                self.take(json.loads(line))
        except (OSError, ValueError) as error:
            self.peer.faults += [repr(error)] if isinstance(error, ValueError) else []
        self.ended = True

    def take(self, message):
        self.messages.append(message)
        if message["type"] == "hello":
            welcome = self.peer.welcome
            if callable(welcome):
                welcome = welcome()
            if welcome is not None:
                self.send(type="welcome", version=1, source="mt5", mode="advise", **welcome)
        elif message["type"] == "ticks" and self.peer.acknowledges:
            self.send(type="ack", symbol=message["symbol"], seq=message["seq"])
        elif message["type"] == "ping":
            self.send(type="pong")

    def ticks(self, symbol):
        """[(time_msc, place, bid, ask, flags)], the places counted as tickd counts them."""
        found, last, place = [], None, 0
        for line in self.of("ticks"):
            if line["symbol"] != symbol:
                continue
            for number, (time_msc, bid, ask, _, _, flags) in enumerate(line["ticks"]):
                if number == 0:
                    place = line["first"]
                else:
                    place = place + 1 if time_msc == last else 0
                last = time_msc
                found.append((time_msc, place, bid, ask, flags))
        return found


class TerminalPeer:
    """Listens on a port of the loopback.

    `welcome` is what follows a hello, or a function that returns it; None: nothing follows.
    """

    def __init__(self, welcome=None, acknowledges=True, certificate=None, key=None):
        self.welcome, self.acknowledges = welcome, acknowledges
        self.connections, self.faults = [], []
        self.tls = None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
                if self.tls is not None:
                    accepted = self.tls.wrap_socket(accepted, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            connection = Connection(self, accepted)
            self.connections.append(connection)
            threading.Thread(target=connection.serve, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        self.listener.close()
        for connection in self.connections:
            try:
                connection.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.socket.close()
