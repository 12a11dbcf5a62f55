"""What analysisd takes: from a candle's close to its analyses, a start, catching up."""
import json
import shutil
import socket
import sqlite3
import time

from harness import places
from harness.waiting import wait_until
from measurements import cpu_seconds, peak_kib, place

SYMBOLS, DAYS = 50, 30
ANALYSED_DAYS = 3  # of them: as many as [retention] keeps here; the older ones are seeds
PROGRAMS = places.build() / "tests" / "bench"


def run(site, name, *arguments):
    """One of our C programs to its end: what it printed."""
    program = site.spawn(name, [PROGRAMS / name, site.state, *arguments])
    assert program.wait_exit(300) == 0, program.text()
    return program.text()


def settled(site):
    """Are all symbols known, and nothing of them pending?"""
    analysis = site.status("analysisd").get("analysis", {})
    return analysis.get("symbols") == SYMBOLS and analysis["pending"] == 0


def start(site):
    """
    Seconds from the start to the last commit before nothing is pending: analysisd wakes logd after
    each, and its status is written once a second.
    """
    path = site.runtime / "logd" / "wake.sock"
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    (site.runtime / "analysisd" / "status.json").unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wakes:
        wakes.bind(str(path))
        wakes.settimeout(0.05)
        started = woken = time.monotonic()
        analysisd = site.start("analysisd")
        ready = time.monotonic() - started

        def done():
            nonlocal woken
            try:
                wakes.recv(64)
                woken = time.monotonic()
                return False
            except TimeoutError:
                return settled(site)

        wait_until(done, 100, "nothing pending", poll=0)
    return analysisd, max(woken - started, ready)


def rows_and_bytes(site):
    connection = sqlite3.connect(f"file:{site.database('analysis')}?mode=ro", uri=True)
    rows = connection.execute("SELECT count(*) FROM analysis_results").fetchone()[0]
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0]
                   for name in ("page_count", "page_size"))
    connection.close()
    return rows, pages * size


def ceiling(site, closes):
    """The rows of M5 closes put into a copy of the database by a bare loop: us of each."""
    folder = site.folder / "copy"
    folder.mkdir()
    shutil.copy(site.database("analysis"), folder / "analysis_data.db")
    done = site.spawn("inserts", [PROGRAMS / "inserts", folder / "analysis_data.db", closes])
    assert done.wait_exit(60) == 0, done.text()
    return sorted(json.loads(line)["us"] for line in done.text().splitlines())


def analysing(days):
    """Everything on one database: caught up with from nothing, started again, followed live."""
    with place("bench") as site:
        site.state = site.runtime = site.folder / "x"
        site.state.mkdir()
        site.set("paths", state_dir=site.state, runtime_dir=site.runtime)
        site.set("retention", analysis_results=f"{ANALYSED_DAYS}d")
        run(site, "past", SYMBOLS, DAYS)
        analysisd, seconds = start(site)
        got = {"candles": SYMBOLS * ANALYSED_DAYS * 288, "seconds": seconds,
               "cpu": cpu_seconds(analysisd.pid), "caught_up_kib": peak_kib(analysisd.pid)}
        assert analysisd.stop() == 0
        got["rows"], got["bytes"] = rows_and_bytes(site)
        analysisd, got["start_seconds"] = start(site)
        got["start_cpu"] = cpu_seconds(analysisd.pid)
        got["start_kib"] = peak_kib(analysisd.pid)
        got["closes"] = [json.loads(line) for line in
                         run(site, "closes", SYMBOLS, days, analysisd.pid).splitlines()]
        got["live_kib"] = peak_kib(analysisd.pid)
        assert analysisd.stop() == 0
        got["ceiling_us"] = ceiling(site, 12)
        return got


def watching(trades, instants):
    """Checks of many open trades, each all in."""
    with place("bench") as site:
        site.state.mkdir()
        run(site, "past", SYMBOLS, 6)
        return [json.loads(line) for line in
                run(site, "watchers", SYMBOLS, trades, instants).splitlines()]
