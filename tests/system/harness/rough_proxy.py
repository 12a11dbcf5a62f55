"""A proxy on loopback that ends its first connections in one rough way, then lets all through."""
import contextlib
import socket
import struct
import threading


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def at_once(client):
    reset(client)


def in_the_request(client):
    client.recv(10)
    reset(client)


def after_the_request(client):
    client.recv(65536)


def in_the_answer(client):
    client.recv(65536)
    client.sendall(b"HTTP/1.1 101 Swit")
    reset(client)


def with_another_answer(client):
    client.recv(65536)
    client.sendall(b"HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n")


WAYS = [at_once, in_the_request, after_the_request, in_the_answer, with_another_answer]


def pump(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class RoughProxy:
    def __init__(self, port, way, refusals):
        self.port_behind, self.way, self.refusals = port, way, refusals
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                self.take(self.listener.accept()[0])

    def take(self, client):
        if self.refusals > 0:
            self.refusals -= 1
            with client, contextlib.suppress(OSError):
                self.way(client)
            return
        behind = socket.create_connection(("127.0.0.1", self.port_behind))
        for source, target in ((client, behind), (behind, client)):
            threading.Thread(target=pump, args=(source, target), daemon=True).start()

    def close(self):
        self.listener.close()
