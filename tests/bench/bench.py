"""make bench: measures everything in one run, prints a table, and says what reached its target.

With WRITE=1 the tables in doc/performance.md are replaced; otherwise nothing is written.
ONLY=tickd, ONLY=mt5 or ONLY=analysisd measures one of these, and replaces its tables alone.
"""
import datetime
import os
import pathlib
import platform
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))

import analysing  # noqa: E402 (after the path)
import archives  # noqa: E402
import backfilling  # noqa: E402
import keeping  # noqa: E402
import measurements  # noqa: E402
import terminals  # noqa: E402

MARKS = {  # around the tables of each part
    "tickd": ("<!-- measured: begin -->", "<!-- measured: end -->"),
    "mt5": ("<!-- measured of mt5: begin -->", "<!-- measured of mt5: end -->"),
    "analysisd": ("<!-- measured of analysisd: begin -->", "<!-- measured of analysisd: end -->"),
}


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


def ms(us):
    return f"{us / 1000:.2f}"


def middle(rounds, key="per_second"):
    return sorted(rounds, key=lambda got: got[key])[len(rounds) // 2]


def middle_ratio(above, below, key="per_second"):
    """Round by round, for the machine is not the same in two of them; the middle one."""
    ratios = [one[key] / other[key] for one, other in zip(above, below)]
    return sorted(ratios)[len(ratios) // 2]


# What is measured round by round, so that a stall of the machine hits all sides alike.
PLAIN, RECORDED = "20 symbols, ws", "20 symbols, ws, every frame recorded"
TICKD = [
    (PLAIN, 2_000_000, {}),
    (RECORDED, 2_000_000, {"record": True}),
    ("20 symbols, wss", 1_000_000, {"tls": True}),
    ("20 symbols, ws, book tickers as well", 1_000_000, {"streams": "trade,bookTicker"}),
    ("1 symbol, ws", 1_000_000, {"symbols": 1}),
    ("200 symbols, ws", 1_000_000, {"symbols": 200}),
]
RECORDERS = [("a commit per tick", 200_000, 1), ("a commit per 1000 ticks", 500_000, 1000)]
STORAGE_SYMBOLS = [1, 20, 200]


def measure_sides(scale):
    """Three rounds of tickd and the recorders in turn: {name: rounds} of each."""
    tickd, recorders = {}, {}
    for _ in range(3):
        for name, trades, options in TICKD:
            tickd.setdefault(name, []).append(
                measurements.whole_tickd(int(trades * scale), **options))
        for name, trades, batch in RECORDERS:
            recorders.setdefault(name, []).append(
                measurements.python_recorder(int(trades * scale), batch))
    return tickd, recorders


def tickd_rows(report, rounds):
    report.head("through the whole of tickd", "frames/s", "ticks/s", "CPU s / million ticks",
                "peak memory, MiB")
    for name, of_it in rounds.items():
        got = middle(of_it)
        report.row(name, thousands(got["frames_per_second"]), thousands(got["per_second"]),
                   f"{got['cpu_per_million']:.2f}", f"{got['peak_mib']:.1f}")
    report.say()


def recorder_rows(report, rounds):
    report.head("Python recorder, the same market", "ticks/s", "CPU s / million ticks")
    for name, of_it in rounds.items():
        got = middle(of_it)
        report.row(name, thousands(got["per_second"]), f"{got['cpu_per_million']:.1f}")
    report.say()


def storage_rows(report, scale):
    """Returns what is reached of the ceiling at each number of symbols."""
    shares = {}
    report.head("storage alone", "append-only table, no index (the ceiling), rows/s",
                "tickd's storage stage, rows/s", "share", "CPU s / million rows: ceiling / stage")
    for symbols in STORAGE_SYMBOLS:
        got = measurements.storage(int(2_000_000 * scale), symbols)
        shares[symbols] = got["stage_per_second"] / got["ceiling_per_second"]
        report.row(f"{symbols} symbol{'s' if symbols > 1 else ''}",
                   thousands(got["ceiling_per_second"]), thousands(got["stage_per_second"]),
                   f"{shares[symbols]:.0%}", f"{got['ceiling_cpu_per_million']:.2f} /"
                   f" {got['stage_cpu_per_million']:.2f}")
    report.say()
    return shares


def level_rows(report, scale):
    """Returns how fast the last millions are against the first of another, in turns."""
    got = measurements.levels(max(int(50 * scale), 10))
    grown, turns = got["grown"], list(zip(got["young"], got["old"]))
    last = len(grown) + len(turns)
    report.head("does storage stay level, 20 symbols", "rows/s", "CPU s / million rows")
    report.row(f"million 1 to {len(grown)}, the mean", thousands(
        len(grown) / sum(1 / rate for rate in grown)), f"{got['grown_cpu_per_million']:.2f}")
    for name, key in ((f"million 1 to {len(turns)} of another database", "young"),
                      (f"million {len(grown) + 1} to {last}, in turns with these", "old")):
        report.row(name, " / ".join(thousands(rate) for rate in got[key]),
                   f"{got[f'{key}_cpu_per_million']:.2f}")
    report.say()
    return {"last": last, "share": sorted(old / young for young, old in turns)[len(turns) // 2]}


def backfill_rows(report, scale):
    trades, week = int(500_000 * scale), int(2_000_000 * scale)
    report.head("holes filled from REST, over one connection at a time", "missing", "trades/s",
                "CPU s / million trades", "peak memory, MiB")

    def row(name, got):
        report.row(name, thousands(got["gap"]), thousands(got["per_second"]),
                   f"{got['cpu_per_million']:.1f}", f"{got['peak_mib']:.1f}")
        return got

    beside = row("trades, 4000 live frames a second beside it",
                 backfilling.fill_beside_a_meter(trades, 3 if scale >= 1 else 1))
    row("trades, 4000 live trades a second in bursts", backfilling.fill(trades, "trade"))
    row("the same over https and wss", backfilling.fill(trades, "trade", True))
    row("aggregates, 4000 live trades a second in bursts", backfilling.fill(trades, "aggTrade"))
    killed = backfilling.fill_after_a_kill(week)
    row(f"a week: kill -9 with {thousands(killed['left'])} left, the tickd after it", killed)
    report.say()
    return beside, killed


def keeping_rows(report, scale):
    """Rounds in turns; of each side the middle one."""
    kept, deleting = keeping.retention(int(3_000_000 * scale), int(50_000 * scale), 10_000, 3)
    report.head("live ticks while [retention] deletes", "rows deleted, /s", "commit p99, ms",
                "frame to visible row: p50, ms", "p99, ms", "longest, ms")
    for number, pair in enumerate(zip(kept, deleting), 1):
        for name, got in zip(("all is kept", "it deletes"), pair):
            ended = got["deleted_per_second"] > 0 and not got["old_left"]
            report.row(f"{name}, round {number}{' (and was through)' if ended else ''}",
                       thousands(got["deleted_per_second"]),
                       *(ms(got[key]) for key in ("commit_p99_us", "p50_us", "p99_us",
                                                  "longest_us")))
    report.say()
    return kept, deleting


def archive_rows(report, scale):
    got = archives.import_and_verify(int(10_000_000 * scale))
    rows = got["rows"]
    report.head(f"an archive of {thousands(rows)} trades", "seconds", "rows/s")
    for name, key in (("tradingctl import", "import_s"), ("tradingctl verify", "verify_s")):
        report.row(name, f"{got[key]:.1f}", thousands(rows / got[key]))
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


def share(values, part):
    """The value that so large a part of all are not above."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def weighted_share(weighted, part):
    """The same of (value, weight) pairs."""
    left = part * sum(weight for _, weight in weighted)
    for value, weight in sorted(weighted):
        left -= weight
        if left <= 0:
            return value
    return max(weighted)[0]


# With how many of the 288 closes of a day are of each kind.
KINDS = [("M5", "M5 alone", 192), ("M15", "M15, some with M30", 72), ("H1", "H1", 18),
         ("H4", "H4", 5), ("D1", "midnight", 1)]


def close_rows(report, closes, ceiling):
    report.head("from the commit that closes a candle to its analyses, 50 symbols", "closes",
                "p50, ms", "p99, ms", "longest, ms",
                "of a close, the middle one: analysisd ran, ms", "waited for a processor, ms")

    def row(name, of_it):
        all_us = [us for close in of_it for us in close["us"]]
        report.row(name, str(len(of_it)), ms(share(all_us, 0.5)), ms(share(all_us, 0.99)),
                   ms(max(all_us)), *(ms(share([close[key] for close in of_it], 0.5))
                                      for key in ("ran_us", "waited_us")))
        return all_us

    day = []
    for kind, name, count in KINDS:
        all_us = row(name, [close for close in closes if close["kind"] == kind])
        day += [(us, count / len(all_us)) for us in all_us]
    p99 = weighted_share(day, 0.99)
    report.row("a day, each as often as it comes", "288", ms(weighted_share(day, 0.5)), ms(p99),
               ms(max(day)[0]), "", "")
    report.row("the same rows of an M5 close, by a bare loop of SQLite (the ceiling)",
               str(len(ceiling)), *(ms(share(ceiling, part)) for part in (0.5, 0.99)),
               ms(max(ceiling)), "", "")
    report.say()
    return p99


def start_rows(report, got):
    rows, size = got["rows"], got["bytes"]
    closes = got["closes"]
    report.head("30 days of candles of 50 symbols, 3 of them analysed", "measured")
    report.row("candles analysed from nothing, all timeframes, /s",
               thousands(got["candles"] / got["seconds"]))
    report.row("CPU s / 1000 candles", f"{got['cpu'] * 1000 / got['candles']:.2f}")
    report.row("rows a candle", f"{rows / got['candles']:.1f}")
    report.row("bytes a row in analysis_data.db", thousands(size / rows))
    report.row("MiB a day of one symbol",
               f"{size / 2**20 / analysing.SYMBOLS / analysing.ANALYSED_DAYS:.1f}")
    report.row("from the start to READY and nothing pending, s", f"{got['start_seconds']:.2f}")
    report.row("CPU of it, s", f"{got['start_cpu']:.2f}")
    report.row("memory held after the start at most, and after an hour and after all closes, MiB",
               " / ".join(f"{kib / 1024:.1f}" for kib in (
                   got["start_kib"], closes[11]["resident_kib"], closes[-1]["resident_kib"])))
    report.say()


def watch_rows(report, instants, trades):
    """The first instant registers the trades and looks deeply at all of them."""
    fast = [one for one in instants[1:] if not one["closes"] and one["deep"] < trades // 4]
    closes = [one for one in instants[1:] if one["closes"]]
    report.head(f"checks of {thousands(trades)} open trades in 50 symbols, all in", "instants",
                "p50, ms", "p99, ms", "longest, ms", "deep checks in one: the middle, the most",
                "only reading its ticks, p50, ms")
    for name, of_it in (("fast", fast), ("with an M5 close", closes),
                        ("all registered and due for a deep check", instants[:1])):
        took = [one["us"] for one in of_it]
        deep = [one["deep"] for one in of_it]
        report.row(name, str(len(of_it)), *(ms(share(took, part)) for part in (0.5, 0.99)),
                   ms(max(took)), f"{share(deep, 0.5)}, {max(deep)}",
                   ms(share([one["reading_us"] for one in of_it], 0.5)))
    report.say()
    return share([one["us"] for one in fast], 0.5)


def analysisd_part(report, scale):
    trades = 1000
    got = analysing.analysing(2 if scale >= 1 else 1)
    p99 = close_rows(report, got["closes"], got["ceiling_us"])
    start_rows(report, got)
    check = watch_rows(report, analysing.watching(trades, 42), trades)
    peak = max(got["caught_up_kib"], got["live_kib"]) / 1024
    first, last = (got["closes"][at]["resident_kib"] for at in (11, -1))
    report.head("target", "measured", "")
    for name, measured, reached in (
            ("a candle's close to all analyses, 50 symbols: p99 below 50 ms", f"{ms(p99)} ms",
             p99 < 50_000),
            ("a fast check of 1000 trades below 20 ms, the middle one", f"{ms(check)} ms",
             check < 20_000),
            ("a start with 30 days of 50 symbols below 2 s", f"{got['start_seconds']:.2f} s",
             got["start_seconds"] < 2),
            ("memory level within 10 % from an hour on", f"{last / first:.0%}",
             last <= 1.1 * first),
            ("peak memory under 96 MiB", f"{peak:.1f} MiB", peak < 96)):
        report.row(name, measured, "reached" if reached else "**not reached**")


# A terminal at tickd, as fast as it is acknowledged: ticks, symbols, and what is unusual.
ONE, TEN = "1 symbol", "10 symbols"
TERMINALS = [
    (ONE, 2_000_000, 1, {}),
    (TEN, 2_000_000, 10, {}),
    ("10 symbols of two ticks a second: after an absence", 1_000_000, 10, {"spacing_us": 500_000}),
    ("1000 symbols, 100 ticks a line", 1_000_000, 1000, {"line": 100}),
    ("10 symbols, 10 ticks a line", 300_000, 10, {"line": 10}),
]
PACE = 100_000  # ticks a second that one terminal must be able to bring
LIVE = 1000  # trades a second of Binance beside it


def measure_terminals(scale):
    """Three rounds of tickd, the receiver and the ceiling in turn: {name: rounds} of each."""
    tickd, receiver, ceiling = {}, {}, {}
    for _ in range(3):
        for name, ticks, symbols, options in TERMINALS:
            tickd.setdefault(name, []).append(
                terminals.whole_tickd(int(ticks * scale), symbols, **options))
        for name, symbols in ((ONE, 1), (TEN, 10)):
            receiver.setdefault(name, []).append(
                terminals.python_receiver(int(500_000 * scale), symbols))
            ceiling.setdefault(name, []).append(
                terminals.ceiling(int(1_000_000 * scale), symbols))
    return tickd, receiver, ceiling


def terminal_rows(report, tickd, receiver, ceiling, sustained):
    report.head("as fast as it is acknowledged", "ticks/s", "CPU s / million ticks",
                "from a line to its ack, 64 under way: p50, ms", "p99, ms", "peak memory, MiB",
                "bytes a tick")

    def row(name, got):
        report.row(name, thousands(got["per_second"]), f"{got['cpu_per_million']:.2f}",
                   *(ms(got[key]) if key in got else "" for key in ("p50_us", "p99_us")),
                   f"{got['peak_mib']:.1f}" if "peak_mib" in got else "",
                   f"{got['bytes_a_tick']:.1f}" if "bytes_a_tick" in got else "")

    row(f"tickd, {TEN}, {thousands(sustained['ticks'])} ticks in {sustained['seconds']:.0f} s",
        sustained)
    for kind, of_it in (("tickd", tickd), ("Python receiver", receiver),
                        ("a bare loop of SQLite (the ceiling)", ceiling)):
        for name, rounds in of_it.items():
            row(f"{kind}, {name}", middle(rounds))
    report.say()


def pace_rows(report, scale):
    got = terminals.steady(max(int(60 * scale), 2), PACE)
    report.head(f"at a pace of {thousands(PACE)} ticks/s for {got['seconds']:.0f} s", "ticks/s",
                "CPU s / million ticks", "from a line to its ack: p50, ms", "p99, ms",
                "longest, ms", "peak memory, MiB", "bytes a tick")
    report.row("10 symbols, a line of 500 ticks every 5 ms", thousands(got["per_second"]),
               f"{got['cpu_per_million']:.2f}",
               *(ms(got[key]) for key in ("p50_us", "p99_us", "longest_us")),
               f"{got['peak_mib']:.1f}", f"{got['bytes_a_tick']:.1f}")
    report.say()
    return got


def beside_rows(report, scale):
    """Three rounds in turns; of each side the middle one."""
    sides = (("no terminal", None), (f"a terminal at {thousands(PACE)} ticks/s", PACE),
             ("a terminal as fast as it is acknowledged", 0))
    rounds = {name: [] for name, _ in sides}
    for _ in range(3):
        for name, rate in sides:
            rounds[name].append(terminals.beside(max(int(5 * scale), 2), LIVE, rate))
    report.head(f"Binance's {thousands(LIVE)} trades/s beside it", "the terminal's ticks/s",
                "commit p99, ms", "frame to visible row: p50, ms", "p99, ms", "longest, ms")
    for name, of_it in rounds.items():
        got = middle(of_it, "p99_us")
        report.row(name, thousands(got["terminal_per_second"]),
                   *(ms(got[key]) for key in ("commit_p99_us", "p50_us", "p99_us", "longest_us")))
    report.say()
    alone, paced, _ = rounds.values()
    return middle_ratio(paced, alone, "p50_us"), middle_ratio(paced, alone, "commit_p99_us")


def scanning_rows(report, scale):
    got = terminals.scanning(max(3 * scale, 0.5))
    report.head(f"reading lines of {got['line_bytes'] / 1000:.0f} kB and nothing else", "ticks/s")
    report.row("tickd's scanner", thousands(got["scanner_per_second"]))
    report.row("jansson, for what the scanner leaves", thousands(got["jansson_per_second"]))
    report.say()
    return got["scanner_per_second"] / got["jansson_per_second"]


def mt5_part(report, scale):
    tickd, receiver, ceiling = measure_terminals(scale)
    sustained = terminals.whole_tickd(int(10_000_000 * scale), 10)
    terminal_rows(report, tickd, receiver, ceiling, sustained)
    pace = pace_rows(report, scale)
    seen, commit = beside_rows(report, scale)
    scanner = scanning_rows(report, scale)
    slowest = min(middle(rounds)["per_second"] for rounds in tickd.values())
    python = min(middle_ratio(tickd[name], receiver[name]) for name in (ONE, TEN))
    share = min(middle_ratio(tickd[name], ceiling[name]) for name in (ONE, TEN))
    peak = max(got["peak_mib"] for of_it in (*tickd.values(), [sustained, pace]) for got in of_it)
    report.head("target", "measured", "")
    for name, measured, reached in (
            (f"{thousands(PACE)} ticks/s from one terminal, as long as it likes",
             thousands(sustained["per_second"]), sustained["per_second"] >= PACE),
            ("the same, the slowest of the kinds above, the middle round of three",
             thousands(slowest), slowest >= PACE),
            (f"at {thousands(PACE)} ticks/s a line is acknowledged in 50 ms, p99",
             f"{ms(pace['p99_us'])} ms", pace["p99_us"] < 50_000),
            ("at least 2 x the Python receiver, 1 and 10 symbols", f"{python:.1f} x", python >= 2),
            ("at least 60 % of the bare loop, 1 and 10 symbols", f"{share:.0%}", share >= 0.6),
            (f"frame to row: p50 does not double beside {thousands(PACE)} ticks/s, the middle"
             " round of three", f"{seen:.2f} x", seen < 2),
            ("commit: p99 does not double either", f"{commit:.2f} x", commit < 2),
            ("the scanner at least 20 x jansson", f"{scanner:.0f} x", scanner >= 20),
            ("peak memory under 64 MiB", f"{peak:.1f} MiB", peak < 64)):
        report.row(name, measured, "reached" if reached else "**not reached**")


def target_rows(report, results):
    tickd, recorders = results["tickd"], results["recorders"]
    per_tick, batched = (middle_ratio(tickd[PLAIN], rounds) for rounds in recorders.values())
    peak = max(got["peak_mib"] for rounds in tickd.values() for got in rounds)
    share, level, latency = results["shares"][20], results["level"], results["latency"]
    kept, deleting = results["keeping"]
    seen = middle_ratio(deleting, kept, "p99_us")
    commit = middle_ratio(deleting, kept, "commit_p99_us")
    verify = results["archive"]
    targets = [
        ("at least 20 x the Python recorder with a commit per tick", f"{per_tick:.1f} x",
         per_tick >= 20),
        ("at least 5 x the Python recorder in batches", f"{batched:.1f} x", batched >= 5),
        ("storage at least 60 % of its ceiling, 20 symbols", f"{share:.0%}", share >= 0.6),
        (f"storage level within 10 % at {level['last']} million rows, the middle turn of five",
         f"{level['share']:.0%}", level["share"] >= 0.9),
        ("peak memory under 64 MiB", f"{peak:.1f} MiB", peak < 64),
        ("p99 below 10 ms at 10 000 frames/s, the middle round of five",
         f"{ms(latency['p99_us'])} ms", latency["p99_us"] < 10_000),
        ("frame to row: p99 does not double while [retention] runs, the middle round of three",
         f"{seen:.2f} x", seen < 2),
        ("commit: p99 does not double while [retention] runs, the middle round of three",
         f"{commit:.2f} x", commit < 2),
        (f"verify of {thousands(verify['rows'])} ticks under 20 s", f"{verify['verify_s']:.1f} s",
         verify["verify_s"] < 20),
    ]
    report.head("target", "measured", "")
    for name, measured, reached in targets:
        report.row(name, measured, "reached" if reached else "**not reached**")


def without_target_rows(report, results):
    recorded = middle_ratio(results["tickd"][RECORDED], results["tickd"][PLAIN])
    unrecorded = sum(got["unrecorded"] for got in results["tickd"][RECORDED])
    beside, killed = results["backfill"]
    report.head("without a target", "measured")
    report.row("speed while every frame is recorded, against none, the middle round of three",
               f"{recorded:.0%}, {thousands(unrecorded)} frames not recorded")
    report.row("frame to visible row at 4000 frames/s while a hole is filled, p50 and p99",
               f"{ms(beside['live']['p50_us'])} and {ms(beside['live']['p99_us'])} ms"
               + ("" if beside["left"] else ", but the hole was full before"))
    report.row("trades that came again after the kill -9 in a backfill", thousands(killed["again"]))
    report.say()


def write(part, lines):
    page = ROOT / "doc" / "performance.md"
    begin, end = MARKS[part]
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n" + "\n".join(lines) + f"\n{end}{after}")
    print(f"\nwritten to {page.relative_to(ROOT)}")


def tickd_part(report, scale):
    results = {"latency": latency_rows(report, scale)}
    results["keeping"] = keeping_rows(report, scale)
    results["tickd"], results["recorders"] = measure_sides(scale)
    tickd_rows(report, results["tickd"])
    recorder_rows(report, results["recorders"])
    results["shares"] = storage_rows(report, scale)
    results["level"] = level_rows(report, scale)
    results["backfill"] = backfill_rows(report, scale)
    results["archive"] = archive_rows(report, scale)
    layout_rows(report)
    without_target_rows(report, results)
    target_rows(report, results)


def main():
    scale = float(os.environ.get("SCALE", "1"))
    only = os.environ.get("ONLY", "")
    if only not in ("", *MARKS):
        sys.exit(f"ONLY={only}: expected {' or '.join(MARKS)}")
    for part, measure in (("tickd", tickd_part), ("mt5", mt5_part), ("analysisd", analysisd_part)):
        if only not in ("", part):
            continue
        report = Report()
        report.say(f"Measured on {datetime.date.today()}, {os.cpu_count()} cores "
                   f"({platform.machine()}), market and reader on the same machine.")
        report.say()
        measure(report, scale)
        report.say()
        if os.environ.get("WRITE") == "1":
            write(part, report.lines[:-1])


if __name__ == "__main__":
    main()
