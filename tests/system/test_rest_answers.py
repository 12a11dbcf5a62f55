"""Answers of the exchange's REST interface that are cut off on the way, or never come."""
import socket
import threading

import pytest

CUT_OFF = {
    "whole": b"Content-Length: 2\r\n\r\n{}",
    "empty": b"Content-Length: 0\r\n\r\n",
    "until-the-end": b"Connection: close\r\n\r\n{",
    "short": b"Content-Length: 1000\r\n\r\n{",
    "in-a-chunk": b"Transfer-Encoding: chunked\r\n\r\n50\r\n{",
}


class Answers:
    """Says the same to every call, or nothing, and counts them."""

    def __init__(self, answer):
        self.answer = answer
        self.calls = 0
        self.open = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.listening.accept()
            except OSError:
                return
            peer.recv(4096)
            self.calls += 1
            self.open.append(peer)
            if self.answer is not None:
                peer.sendall(self.answer)
                peer.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for peer in self.open:
            peer.close()


@pytest.fixture
def answers():
    made = []

    def make(answer):
        made.append(Answers(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


def start_with(site, rest):
    site.set("binance", rest_url=rest.url, stream_url="ws://127.0.0.1:1")
    return site.start("tickd")


@pytest.mark.parametrize("body", CUT_OFF.values(), ids=CUT_OFF.keys())
def test_a_ban_is_obeyed_however_its_answer_ends(site, wait_until, answers, body):
    rest = answers(b"HTTP/1.1 418 I'm a teapot\r\nRetry-After: 77\r\n" + body)
    tickd = start_with(site, rest)
    wait_until(lambda: "nothing is asked for 77 s" in tickd.text(), what="the ban is obeyed")
    assert tickd.stop() == 0
    assert rest.calls == 1


def test_a_stop_waits_for_no_answer(site, wait_until, answers):
    rest = answers(None)
    tickd = start_with(site, rest)
    wait_until(lambda: rest.calls == 1, what="a call under way")
    assert tickd.stop() == 0
