"""How fast a hole is filled from REST while live ticks go on, and what that costs them."""
import datetime
import time

from harness import stored
from harness.market import Market
from harness.waiting import wait_until
from measurements import Meter, cpu_seconds, peak_kib, place

SYMBOL = "S0USDT"
LIVE = 4000  # trades a second; marketsim's come in bursts
FRESH = 2  # seconds for which tickd leaves a gap alone that may close by itself
UNLIMITED = 1_000_000_000  # of weight: what is measured is ours, not the exchange's patience


def moment(seconds_ago):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds_ago)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Ledger:
    """What is stored and what is missing, through one connection that stays open."""

    def __init__(self, site):
        self.connection = stored.connect(site.database("ticks"))

    def value(self, sql):
        return self.connection.execute(sql).fetchone()[0]

    def missing(self):
        return self.value("SELECT coalesce(sum(missing_last_id - missing_first_id + 1), 0)"
                          " FROM feed_gaps WHERE state <> 'filled'")

    def given_up(self):
        return self.value("SELECT count(*) FROM feed_gaps WHERE state = 'unfillable'")

    def newest_id(self):
        return self.value("SELECT newest_id FROM symbols")


class Absence:
    """A market that tickd knew for a moment, and then missed so many trades of."""

    def __init__(self, site, trades, streams, tls):
        self.site, self.tls = site, tls
        self.began = moment(trades / LIVE + 60)
        market = self.market(moment(trades / LIVE))
        site.set("binance", symbols=SYMBOL, streams=streams, source="sim", clock_alarm="0",
                 weight=100, **market.settings())
        tickd = site.start("tickd")
        wait_until(lambda: stored.trade_count(site.database("ticks")), 30, "the first ticks")
        ledger = Ledger(site)
        wait_until(lambda: ledger.missing() == 0, 60, "nothing is missing")
        assert tickd.stop() == 0
        self.newest_id = ledger.newest_id()
        market.process.popen.terminate()
        market.process.wait_exit(20)
        self.now = self.market(moment(0))
        site.set("binance", **self.now.settings())

    def market(self, now):
        return Market(self.site, "--symbols", SYMBOL, "--rate", LIVE, "--since", self.began,
                      "--start-time", now, "--weight-limit", UNLIMITED, tls=self.tls)


class Filling:
    """From the first page that is stored to the ledger without a gap."""

    def __init__(self, site, tickd):
        self.ledger, self.tickd = Ledger(site), tickd
        self.gap = wait_until(self.ledger.missing, 60, "the gap is in the ledger", poll=0.005)
        wait_until(lambda: self.ledger.missing() < self.gap, 60, "the first page", poll=0.005)
        self.missing = self.ledger.missing()
        self.started, self.cpu = time.monotonic(), cpu_seconds(tickd.pid)

    def until(self, share, seconds=900):
        wait_until(lambda: self.ledger.missing() <= self.gap * share, seconds, "it is filled",
                   poll=0.01)

    def result(self):
        self.until(0)
        seconds = time.monotonic() - self.started
        assert self.ledger.given_up() == 0
        return {"gap": self.gap, "seconds": seconds, "per_second": self.missing / seconds,
                "cpu_per_million": (cpu_seconds(self.tickd.pid) - self.cpu) * 1e6 / self.missing,
                "peak_mib": peak_kib(self.tickd.pid) / 1024}


def fill(trades, streams, tls=False):
    """Beside marketsim's own live trades."""
    with place("bench") as site:
        Absence(site, trades, streams, tls)
        return Filling(site, site.start("tickd")).result()


def commits_since(site, rows):
    """tickd's own figures, once they show so many rows of this run."""
    commits = site.status("tickd").get("commits", {})
    return commits if commits.get("rows", 0) >= rows else None


def fill_after_a_kill(trades):
    """kill -9 in the middle: what the tickd after it does, and how much came again."""
    with place("bench") as site:
        Absence(site, trades, "trade", False)
        filling = Filling(site, site.start("tickd"))
        filling.until(0.5)
        filling.tickd.kill()
        left = filling.ledger.missing()
        got = Filling(site, site.start("tickd")).result()
        commits = wait_until(lambda: commits_since(site, left), 10, "status.json")
        done = site.tradingctl("verify", "--quick", "--whole", timeout=300)
        assert done.returncode == 0, done.stdout
        return {**got, "gap": filling.gap, "left": left, "again": commits["duplicates"]}


def fill_beside_a_meter(trades, seconds):
    """
    The stream comes from latency.c at an exact pace, REST from marketsim: what a backfill costs
    live ticks, and the other way round.  The stream should end before the gap does.
    """
    with place("bench") as site:
        absence = Absence(site, trades, "trade", False)
        meter = Meter(site, absence.newest_id + trades + 1, LIVE * (FRESH + seconds),
                      LIVE, LIVE * FRESH)
        site.set("binance", rest_url=absence.now.settings()["rest_url"])
        filling = Filling(site, site.start("tickd"))
        live = meter.result()
        left = filling.ledger.missing()
        return {**filling.result(), "live": live, "left": left}
