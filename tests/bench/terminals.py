"""The measurements of MetaTrader 5: a terminal (terminal.c) at tickd, and at a Python program."""
import json
import pathlib
import subprocess
import sys
import time

from harness import places
from harness.mt5_terminal import mt5_feed, set_mt5
from harness.waiting import wait_until
from measurements import FIRST_ID, Meter, cpu_seconds, peak_kib, place, program, stored_ticks

LINE = 2500  # ticks a line: some 110 kB
SPACING_US = 10_000  # of the broker's clock, between two ticks of a symbol
RECEIVER = pathlib.Path(__file__).with_name("receiver.py")


def start_terminal(site, port, token, ticks, symbols, line=LINE, spacing_us=SPACING_US, rate=0):
    """Sends so many ticks, as fast as they are acknowledged or so many a second."""
    return site.spawn("terminal", [places.build() / "tests" / "bench" / "terminal", port, token,
                                   symbols, ticks, line, spacing_us, rate])


def result(terminal):
    assert terminal.wait_exit(300) == 0, terminal.text()
    return json.loads(terminal.text().splitlines()[-1])


def port_of(site):
    listen = wait_until(lambda: mt5_feed(site).get("listen"), 20, "tickd listens")
    return listen.rpartition(":")[2]


def whole_tickd(ticks, symbols, **options):
    """From the first acknowledgement to the last; bytes a tick are those of the whole database."""
    with place("bench") as site:
        token = set_mt5(site, history="0")
        tickd = site.start("tickd")
        port, cpu = port_of(site), cpu_seconds(tickd.pid)
        got = result(start_terminal(site, port, token, ticks, symbols, **options))
        cpu = cpu_seconds(tickd.pid) - cpu
        peak = peak_kib(tickd.pid)
        assert stored_ticks(site.database("ticks"))() == got["ticks"], got
        assert tickd.stop() == 0
        size = site.database("ticks").stat().st_size
        return {**got, "cpu_per_million": cpu * 1e6 / got["ticks"], "peak_mib": peak / 1024,
                "bytes_a_tick": size / got["ticks"]}


def steady(seconds, rate):
    """As from a bridge that looks at 10 symbols each 50 ms: a line of one of them each 5 ms."""
    return whole_tickd(rate * seconds, 10, line=rate // 200, spacing_us=10_000_000 // rate,
                       rate=rate)


def python_receiver(ticks, symbols):
    """The same terminal at a Python program."""
    with place("bench") as site:
        database = site.folder / "received.db"
        receiver = site.spawn("receiver", [sys.executable, RECEIVER, database])
        port = int(wait_until(lambda: receiver.text().split("\n")[0], 10, "its port"))
        got = result(start_terminal(site, port, "none", ticks, symbols))
        assert receiver.wait_exit(60) == 0, receiver.text()
        said = json.loads(receiver.text().splitlines()[-1])
        assert said["ticks"] == got["ticks"], said
        return {**got, "cpu_per_million": said["cpu_seconds"] * 1e6 / got["ticks"],
                "bytes_a_tick": database.stat().st_size / got["ticks"]}


def ceiling(ticks, symbols):
    return program("quotes_ceiling", ticks, symbols, SPACING_US)[0]


def scanning(seconds):
    """Lines read by tickd's scanner and by jansson, and nothing else."""
    done = subprocess.run([places.build() / "tests" / "bench" / "scanning", str(LINE),
                           str(seconds)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def beside(seconds, frames_per_second, rate):
    """
    What a terminal of 10 symbols costs Binance's live ticks: rate is its ticks a second, None for
    no terminal at all, 0 for one that sends as fast as it is acknowledged.
    """
    with place("bench") as site:
        token = set_mt5(site, history="0")
        site.set("binance", enabled="yes")
        meter = Meter(site, FIRST_ID, frames_per_second * seconds, frames_per_second)
        tickd = site.start("tickd")
        ticks = stored_ticks(site.database("ticks"))
        before, started = ticks(), time.monotonic()
        if rate is not None:
            start_terminal(site, port_of(site), token, 1_000_000_000 if rate == 0 else
                           rate * seconds * 2, 10, line=LINE if rate == 0 else rate // 200,
                           spacing_us=SPACING_US if rate == 0 else 10_000_000 // rate, rate=rate)
        live = meter.result()
        per_second = (ticks() - before) / (time.monotonic() - started) - frames_per_second
        commits = wait_until(lambda: site.status("tickd").get("commits"), 10, "status.json")
        assert tickd.running()
        return {**live, "terminal_per_second": max(per_second, 0),
                "commit_p99_us": commits["p99_us"]}
