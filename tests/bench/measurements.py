"""The measurements of make bench, each a function that returns plain figures."""
import json
import os
import pathlib
import subprocess
import sys
import time
from contextlib import contextmanager

from harness import places, stored
from harness.market import Market
from harness.site import Site
from harness.waiting import wait_until

SYMBOLS = 20  # where a measurement does not say otherwise
FIRST_ID = 100_000_000  # of live trades, where nothing is stored yet
RECORDER = pathlib.Path(__file__).with_name("recorder.py")


@contextmanager
def place(name):
    site = Site(name)
    site.set("log", level="warning")
    try:
        yield site
    finally:
        site.close()
        site.remove()


def names(symbols):
    """So short that 200 streams fit one connection: with two, the market begins with the first."""
    return [chr(65 + number // 26) + chr(65 + number % 26) for number in range(symbols)]


def start_market(site, trades, tls=False, symbols=SYMBOLS):
    """marketsim, as fast as its client reads, until `trades` are sent."""
    return Market(site, "--symbols", ",".join(names(symbols)), "--rate", "20000", "--trades",
                  trades, "--frames-per-second", "0", tls=tls)


def peak_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def cpu_seconds(pid):
    """User and system time of a living process, all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stored_ticks(database):
    """Asks tickd's own counters, through one connection that stays open."""
    connection = stored.connect(database)
    return lambda: connection.execute("SELECT coalesce(sum(ticks), 0) FROM symbols").fetchone()[0]


def whole_tickd(trades, tls=False, streams="trade", symbols=SYMBOLS, record=False):
    """tickd over a local WebSocket: from its first stored batch to the last trade."""
    with place("bench") as site:
        market = start_market(site, trades, tls, symbols)
        site.set("binance", symbols=",\n".join(names(symbols)), streams=streams,
                 record=site.folder / "raw" if record else "", **market.settings())
        tickd = site.start("tickd")
        count = stored_ticks(site.database("ticks"))
        first = wait_until(count, 60, "the first batch", poll=0.005)
        started, cpu = time.monotonic(), cpu_seconds(tickd.pid)
        wait_until(lambda: count() >= trades, 600, f"{trades} trades stored", poll=0.005)
        seconds = time.monotonic() - started
        cpu = cpu_seconds(tickd.pid) - cpu
        peak = peak_kib(tickd.pid)
        market_cpu = cpu_seconds(market.process.pid)
        wait_until(lambda: site.feed().get("frames", 0) >= trades, 10, "status.json")
        frames = site.feed()["frames"]
        lost = site.feed().get("recorder", {}).get("lost", 0)
        assert tickd.stop() == 0
        per_second = (trades - first) / seconds
        return {"per_second": per_second, "frames_per_second": per_second * frames / trades,
                "cpu_per_million": cpu * 1e6 / (trades - first), "peak_mib": peak / 1024,
                "market_cpu_per_million": market_cpu * 1e6 / trades, "unrecorded": lost}


def python_recorder(trades, batch):
    """The same market, recorded by a Python program."""
    with place("bench") as site:
        market = start_market(site, trades)
        streams = "/".join(f"{symbol.lower()}@trade" for symbol in names(SYMBOLS))
        url = f"{market.settings()['stream_url']}/stream?streams={streams}"
        recorder = site.spawn("recorder", [
            sys.executable, RECORDER, url, site.folder / "recorded.db", trades, batch])
        assert recorder.wait_exit(600) == 0, recorder.text()
        result = json.loads(recorder.text().splitlines()[-1])
        assert result["trades"] == trades, result
        return {"per_second": trades / result["seconds"],
                "cpu_per_million": result["cpu_seconds"] * 1e6 / trades}


def program(name, *arguments):
    """One of our C programs: the lines of JSON that it prints."""
    with place("bench") as site:
        path = places.build() / "tests" / "bench" / name
        run = site.spawn(name, [path, site.folder, *arguments])
        assert run.wait_exit(600) == 0, run.text()
        return [json.loads(line) for line in run.text().splitlines()]


def storage(rows, symbols):
    return program("storage_ceiling", rows, symbols)[0]


def levels(millions):
    return program("levels", millions, SYMBOLS)[0]


def three_files(seconds):
    return program("three_files", seconds)


def wakeups(seconds):
    """How late the machine wakes a thread that only sleeps."""
    done = subprocess.run([places.build() / "tests" / "bench" / "wakeups", str(seconds)],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


class Meter:
    """The reader and its market at an exact pace (latency.c), for a tickd of this site."""

    def __init__(self, site, first_id, frames, frames_per_second, skipped=0):
        site.runtime.mkdir(exist_ok=True)
        self.process = site.spawn("latency", [
            places.build() / "tests" / "bench" / "latency", site.state, site.runtime, first_id,
            frames, frames_per_second, skipped])
        port = int(wait_until(lambda: self.process.text().split("\n")[0], 10, "its port"))
        site.set("binance", symbols="S0USDT", streams="trade", symbol_silence="0",
                 stream_url=f"ws://127.0.0.1:{port}", rest_url=f"http://127.0.0.1:{port}")

    def result(self):
        assert self.process.wait_exit(300) == 0, self.process.text()
        return json.loads(self.process.text().splitlines()[-1])


def latency(frames, frames_per_second):
    """From the write of a frame to its row in a woken reader."""
    with place("bench") as site:
        meter = Meter(site, FIRST_ID, frames, frames_per_second)
        site.start("tickd")
        return meter.result()
