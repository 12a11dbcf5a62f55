"""Faults of the exchange in combination, settings, kills: in the end nothing is missing.

A seed draws all of it (harness/seeds.py). First the streams are bad, and tickd is killed, restarted
and stopped for a while. Then the same market comes back as another process, whose streams hide
nothing, but whose REST is as bad as before: what was hidden now shows by its ids and is filled. In
the end a third process of that market, without faults, says what should be stored.

TRADING_SEEDS=17,18 runs these; TRADING_LONG=1 runs all.
"""
import os
import pathlib
import re
import signal
import time

import pytest
import requests

from harness import places, recordings, seeds, soundness, stored
from harness.market import Market
from harness.waiting import wait_until

ALL = range(1, 201)
USUAL = [4, 8, 17, 21, 22, 23]  # of all kinds of faults, none takes long
WITH_SANITIZERS = [4, 22]

MEMORY_KIB = 96 << 10
ERROR_LINE = re.compile(r"^\S+ (emerg|alert|crit|err|error) ", re.MULTILINE)


def chosen():
    named = os.environ.get("TRADING_SEEDS", "")
    if named:
        return [int(seed) for seed in named.split(",")]
    return ALL if places.long_run() else USUAL


def parameters():
    for seed in chosen():
        yield pytest.param(seed, marks=[pytest.mark.asan] if seed in WITH_SANITIZERS else [])


def now_ms():
    return time.time_ns() // 1_000_000


class Run:
    """One seed on one site."""

    def __init__(self, site, plan):
        self.site, self.plan = site, plan
        self.database = site.database("ticks")
        self.reports = []  # of markets that have ended
        self.left_ms = []  # when tickd ended, by our clock
        self.memory_kib = 0
        self.raw = site.folder / "raw"
        for section, values in plan.settings.items():
            site.set(section, **values)
        if plan.records:
            site.set("binance", record=self.raw)

    # ---- the market ----

    def open_market(self, options, **place):
        self.market = Market(self.site, *self.plan.market, *options, tls=self.plan.tls, **place)
        self.site.set("binance", **self.market.settings())

    def report(self):
        url = self.market.settings()["rest_url"] + "/marketsim/report"
        verify = str(self.site.folder / "tls" / "ca.pem") if self.market.tls else None
        return requests.get(url, timeout=20, verify=verify).json()

    def close_market(self):
        """Returns the exchange's time at the end, and when that was by a clock of ours."""
        self.reports.append(self.report())
        told_ms, at = self.reports[-1]["exchange_ms"], time.monotonic()
        self.market.process.kill()
        return told_ms, at

    def first_market(self):
        self.start_ms = self.plan.start_ms or now_ms()
        self.open_market(["--since", str(self.start_ms), "--start-time", str(self.start_ms),
                          *self.plan.faults, *self.plan.rest])

    def calm_market(self):
        told_ms, at = self.close_market()
        if self.plan.at_calm == "kill":
            self.end_tickd("kill")
        elif self.plan.at_calm == "restart":
            self.end_tickd("restart")
        later_ms = told_ms + int((time.monotonic() - at) * 1000) + 20
        self.open_market(["--since", str(self.start_ms), "--start-time", str(later_ms),
                          *self.plan.rest], port=self.market.port)
        if self.plan.at_calm:
            self.start_tickd()

    def judge(self):
        """The same market up to its end, without any fault."""
        told_ms, _ = self.close_market()
        self.plan.tls = False
        self.open_market(["--since", str(self.start_ms), "--start-time", str(told_ms + 1000),
                          "--weight-limit", "1000000000"])

    def newest(self, report):
        """{symbol: its newest id in the report, or None}"""
        name = "newest_id" if self.plan.ids() == "trade" else "newest_aggregate_id"
        return {symbol: told[name] for symbol, told in report["symbols"].items()}

    # ---- tickd ----

    def start_tickd(self):
        self.tickd = self.site.start("tickd")

    def note_memory(self):
        status = pathlib.Path(f"/proc/{self.tickd.pid}/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1))
        self.memory_kib = max(self.memory_kib, peak)

    def end_tickd(self, kind):
        self.note_memory()
        self.left_ms.append(now_ms())
        if kind == "kill":
            self.tickd.kill()
        else:
            assert self.tickd.stop() == 0

    def happen(self, event):
        if event.kind == "freeze":
            self.tickd.signal(signal.SIGSTOP)
            time.sleep(event.for_s)
            self.tickd.signal(signal.SIGCONT)
            return
        self.end_tickd(event.kind)
        time.sleep(event.for_s)
        self.start_tickd()

    def bad_times(self):
        """They last by the clock: how long is a part of what a seed stands for."""
        begun = time.monotonic()
        for event in self.plan.events:
            time.sleep(max(0, begun + event.at_s - time.monotonic()))
            self.happen(event)
        time.sleep(max(0, begun + self.plan.seconds - time.monotonic()))

    # ---- what is waited for ----

    def newest_stored(self):
        return {symbol: soundness.range_of(self.database, symbol)[1] or -1
                for symbol in self.plan.symbols}

    def wait_stored(self, ids, what):
        """Until of each symbol that id or a later one is stored."""
        wait_until(lambda: all(self.newest_stored()[symbol] >= id_ for symbol, id_ in ids.items()),
                   self.plan.patience_s, what)

    def wait_calm(self):
        """All streams deliver again, and what was missing is filled."""
        begun = wait_until(lambda: None not in (ids := self.newest(self.report())).values() and ids,
                           60, "every symbol trades")
        self.wait_stored(begun, "trades of the calm are stored")
        self.wait_first_slot()
        if self.plan.holed():
            # What the exchange never had is given up, all else is filled.
            wait_until(lambda: all(gap[3] == "unfillable" for gap in
                                   soundness.missing(self.database)),
                       self.plan.patience_s, "what can be filled is")
        else:
            soundness.assert_whole(self.site, self.plan.symbols, self.plan.patience_s)
        self.wait_stored(self.newest(self.report()), "up to the end")

    def wait_first_slot(self):
        """The slot of the first tick is filled back to its open."""
        if self.plan.settings["binance"]["history"] == "0":
            return
        wait_until(lambda: stored.value(
            self.database, "SELECT count(*) FROM symbols WHERE whole_from_us IS NOT NULL")
            == len(self.plan.symbols), self.plan.patience_s, "the first slots are known")

    # ---- what must be true ----

    def said(self):
        """What the exchange has of the ids that are stored, and the ids that it does not have."""
        said, lacking = {}, {}
        for symbol in self.plan.symbols:
            first_id, last_id = soundness.range_of(self.database, symbol)
            said[symbol] = soundness.said_by(self.market, symbol, first_id, last_id,
                                             self.plan.ids())
            ids = {trade.trade_id for trade in said[symbol]}
            lacking[symbol] = set(range(first_id, last_id + 1)) - ids
            assert bool(lacking[symbol]) == (symbol in self.plan.holed()), lacking
        return said, lacking

    def check_given_up(self, lacking):
        """Exactly what the exchange does not have."""
        given_up = {symbol: set() for symbol in self.plan.symbols}
        for symbol, first_id, last_id, _, _ in soundness.missing(self.database):
            given_up[symbol] |= set(range(first_id, last_id + 1))
        assert given_up == lacking

    def check_coverage(self, said):
        """Most of what was made, and with a history all from the open of the first slot on."""
        first_report = self.reports[0]["symbols"]
        aggregates = self.plan.ids() == "aggTrade"
        for symbol, trades in said.items():
            made_from = first_report[symbol]["first_aggregate_id" if aggregates else "first_id"]
            newest = trades[-1].trade_id
            assert trades[0].trade_id <= made_from + (newest - made_from) / 2, symbol
            if self.plan.settings["binance"]["history"] == "0":
                continue
            before = soundness.said_by(self.market, symbol, trades[0].trade_id - 1,
                                       trades[0].trade_id - 1, self.plan.ids())
            slots = [t.time_ms // seeds.SLOT_MS for t in (*before, trades[0])]
            assert len(slots) == 2 and slots[0] < slots[1], f"{symbol}: {before}, {trades[0]}"

    def check_quotes(self):
        quotes = stored.value(self.database,
                              "SELECT count(*) FROM unified_ticks WHERE flags & 1 = 0")
        wanted = self.plan.settings["binance"]
        all_ = wanted["quotes"] == "all" and "bookTicker" in wanted["streams"]
        assert (quotes > 0) == all_, quotes

    def check_verify(self):
        found = self.site.tradingctl_json("verify", timeout=120)
        assert found["ok"] is True, found
        for symbol in found["symbols"]:
            assert symbol["fault_count"] == 0 and symbol["missing_unknown"] == 0, symbol
            assert symbol["whole"] or symbol["symbol"] in self.plan.holed(), symbol

    def check_logs(self):
        for process in self.site.processes:
            if process.name == "tickd":
                assert not ERROR_LINE.search(process.text()), process.log.name

    def could_know(self, ban):
        """False: tickd was ended so soon that it cannot have kept what it was told."""
        delay_ms = 300 if "--rest-delay" in self.plan.rest else 0
        return not any(-100 <= left_ms - ban["begun_ms"] <= 300 + delay_ms
                       for left_ms in self.left_ms)

    def check_manners(self):
        """The limits of the exchange, by what it saw itself."""
        made = sum(report["connections"]["made"] for report in self.reports)
        assert made <= 300
        for report in self.reports:
            for connection in report["connections"]["list"]:
                assert connection["messages_most_1s"] <= 5, connection
                assert connection["end"] not in ("too many messages", "no pong"), connection
            rest = report["rest"]
            early = [ban for ban in rest["bans"] if ban["early_calls"] > 0 and self.could_know(ban)]
            assert early == [], (early, self.left_ms)
            assert rest["over_weight"] == 0, rest

    def check_recordings(self):
        if not self.plan.records:
            return
        lines = recordings.lines(self.raw)
        assert lines and all(frame for _, frame in lines)

    def check(self):
        said, lacking = self.said()
        soundness.check_as_said(self.site, said)
        soundness.check(self.site)
        self.check_given_up(lacking)
        self.check_coverage(said)
        self.check_quotes()
        self.check_verify()
        self.check_logs()
        self.check_manners()
        self.check_recordings()
        if places.build().name == "release":
            assert self.memory_kib <= MEMORY_KIB, self.memory_kib
        return self.figures(said)

    def figures(self, said):
        gaps, lost = stored.rows(
            self.database, "SELECT count(*), coalesce(sum(last_id - first_id + 1), 0)"
            " FROM feed_gaps")[0]
        made = sum(report["connections"]["made"] for report in self.reports)
        calls = sum(sum(report["rest"]["calls"].values()) for report in self.reports)
        bans = sum(len(report["rest"]["bans"]) for report in self.reports)
        return (f"{sum(map(len, said.values()))} stored, {gaps} gaps of {lost}, {made} connections,"
                f" {calls} calls, {bans} bans, {self.memory_kib} KiB")


@pytest.mark.parametrize("seed", parameters())
def test_after_faults_in_combination_nothing_is_missing_and_nothing_twice(site, seed):
    plan = seeds.draw(seed, now_ms())
    print(plan.text())
    run = Run(site, plan)
    run.first_market()
    run.start_tickd()
    run.bad_times()
    run.calm_market()
    run.wait_calm()
    run.end_tickd("restart")
    run.judge()
    print(run.check())
