"""make bench: measures everything in one run, prints a table, and says what reached its target.

With WRITE=1 the table in doc/performance.md is replaced; otherwise nothing is written.
"""
import datetime
import os
import pathlib
import platform
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))

import measurements  # noqa: E402 (after the path)

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def thousands(number):
    return f"{number:,.0f}".replace(",", " ")


class Report:
    """Lines of the table, printed as they come."""

    def __init__(self):
        self.lines = []

    def say(self, line=""):
        self.lines.append(line)
        print(line, flush=True)

    def head(self, *names):
        self.say("| " + " | ".join(names) + " |")
        self.say("|" + "---|" * len(names))

    def row(self, *cells):
        self.say("| " + " | ".join(cells) + " |")


def middle(rounds, key="per_second"):
    return sorted(rounds, key=lambda got: got[key])[len(rounds) // 2]


# What is measured round by round, so that a stall of the machine hits both sides alike.
TICKD = [("ws, trades", 2_000_000, False, "trade"), ("wss, trades", 2_000_000, True, "trade"),
         ("ws, trades and book tickers", 1_000_000, False, "trade,bookTicker")]
RECORDERS = [("a commit per tick", 200_000, 1), ("a commit per 1000 ticks", 500_000, 1000)]


def measure_sides(scale):
    """Three rounds of tickd and the recorders in turn; of each the middle one."""
    tickd, recorders = [[] for _ in TICKD], [[] for _ in RECORDERS]
    for _ in range(3):
        for rounds, (_, trades, tls, streams) in zip(tickd, TICKD):
            rounds.append(measurements.whole_tickd(int(trades * scale), tls, streams))
        for rounds, (_, trades, batch) in zip(recorders, RECORDERS):
            rounds.append(measurements.python_recorder(int(trades * scale), batch))
    return [middle(rounds) for rounds in tickd], [middle(rounds) for rounds in recorders]


def tickd_rows(report, results):
    report.head("through the whole of tickd, 20 symbols", "frames/s", "ticks/s",
                "CPU s / million ticks", "peak memory, MiB")
    for (name, *_), got in zip(TICKD, results):
        report.row(name, thousands(got["frames_per_second"]), thousands(got["per_second"]),
                   f"{got['cpu_per_million']:.2f}", f"{got['peak_mib']:.1f}")
    report.say()


def recorder_rows(report, results):
    report.head("Python recorder, the same market", "ticks/s", "CPU s / million ticks")
    for (name, *_), got in zip(RECORDERS, results):
        report.row(name, thousands(got["per_second"]), f"{got['cpu_per_million']:.1f}")
    report.say()


def storage_rows(report, scale):
    got = measurements.storage(int(2_000_000 * scale))
    report.head("storage alone, 20 symbols", "rows/s", "CPU s / million rows")
    for name, key in (("append-only table, no index (the ceiling)", "ceiling"),
                      ("tickd's storage stage", "stage")):
        report.row(name, thousands(got[f"{key}_per_second"]),
                   f"{got[f'{key}_cpu_per_million']:.2f}")
    report.say()
    return got


def latency_rows(report, scale):
    """Before all else, while the disk is not busy with another measurement's pages; the middle
    one of five, for a stall of a shared machine in one of them says nothing about tickd."""
    rounds = []
    report.head("from frame to visible row", "frames/s", "p50, ms", "p99, ms", "longest, ms",
                "a thread that only sleeps, just before: woken late by, p99, ms")
    for number in range(1, 6):
        os.sync()
        bare = measurements.wakeups(3)
        got = measurements.latency(int(100_000 * scale), 10_000)
        rounds.append(got)
        report.row(f"a woken reader in another process, round {number}",
                   thousands(got["frames_per_second"]),
                   *(f"{got[key] / 1000:.2f}" for key in ("p50_us", "p99_us", "longest_us")),
                   f"{bare['p99_us'] / 1000:.2f}")
    report.say()
    return middle(rounds, "p99_us")


def layout_rows(report):
    report.head("three writers at once", "failed writes, %: ticks / analysis / logs",
                "longest commit, ms", "ticks/s")
    for got in measurements.three_files(5):
        of = [got[name] for name in ("ticks", "analysis", "logs")]
        report.row(got["layout"], " / ".join(f"{w['failed_percent']:.0f}" for w in of),
                   " / ".join(f"{w['worst_ms']:.1f}" for w in of),
                   thousands(got["ticks_per_second"]))
    report.say()


def target_rows(report, tickd, recorders, storage, latency):
    rate, peak = tickd[0]["per_second"], max(got["peak_mib"] for got in tickd)
    share = storage["stage_per_second"] / storage["ceiling_per_second"]
    targets = [
        ("at least 20 x the Python recorder with a commit per tick",
         f"{rate / recorders[0]['per_second']:.1f} x", rate >= 20 * recorders[0]["per_second"]),
        ("at least 5 x the Python recorder in batches",
         f"{rate / recorders[1]['per_second']:.1f} x", rate >= 5 * recorders[1]["per_second"]),
        ("storage at least 60 % of its ceiling", f"{share:.0%}", share >= 0.6),
        ("peak memory under 64 MiB", f"{peak:.1f} MiB", peak < 64),
        ("p99 below 10 ms at 10 000 frames/s, the middle round of five",
         f"{latency['p99_us'] / 1000:.2f} ms",
         latency["p99_us"] < 10_000),
    ]
    report.head("target", "measured", "")
    for name, measured, reached in targets:
        report.row(name, measured, "reached" if reached else "**not reached**")


def write(lines):
    page = ROOT / "doc" / "performance.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}")
    print(f"\nwritten to {page.relative_to(ROOT)}")


def main():
    scale = float(os.environ.get("SCALE", "1"))
    report = Report()
    report.say(f"Measured on {datetime.date.today()}, {os.cpu_count()} cores "
               f"({platform.machine()}), market and reader on the same machine.")
    report.say()
    latency = latency_rows(report, scale)
    tickd, recorders = measure_sides(scale)
    tickd_rows(report, tickd)
    recorder_rows(report, recorders)
    storage = storage_rows(report, scale)
    layout_rows(report)
    target_rows(report, tickd, recorders, storage, latency)
    if os.environ.get("WRITE") == "1":
        write(report.lines)


if __name__ == "__main__":
    main()
