"""kill -9 at any moment: everything comes back by itself, and nothing that was stored is lost."""
import random

import pytest

from harness import places, soundness, stored
from harness.market import Market
from harness.waiting import wait_until

CHILDREN = ["tickd", "analysisd", "logd"]
SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT"]


def snapshot(database):
    """{symbol: (largest trade id, trades)} of what is stored now."""
    return {symbol: (largest, count) for symbol, largest, count in stored.rows(
        database, "SELECT symbol, max(tick_id), count(*) FROM unified_ticks"
        " JOIN symbols USING (symbol_id) WHERE flags & 1 GROUP BY symbol")}


def check_nothing_lost(database, before):
    for symbol, (largest, count) in before.items():
        now = stored.value(
            database, "SELECT count(*) FROM unified_ticks JOIN symbols USING (symbol_id)"
            " WHERE symbol = ? AND flags & 1 AND tick_id <= ?", symbol, largest)
        assert now >= count, f"{symbol}: {count} trades up to {largest} became {now}"


def check_as_the_exchange_says(site, market):
    """All that is stored, and nothing between the first and the last is not."""
    database = site.database("ticks")
    soundness.check_as_said(site, {
        symbol: soundness.said_by(market, symbol, *soundness.range_of(database, symbol))
        for symbol in SYMBOLS})


def kill_all(site, children):
    return {child: site.kill_child(child) for child in children}


def wait_back(site, killed):
    """Until each has a new pid and is running, and ticks are stored again."""
    for child, old in killed.items():
        wait_until(
            lambda: site.child_pid(child) not in (None, old)
            and site.status(child).get("state") in ("running", "degraded"),
            30, f"{child} is back after kill -9 of {old}")
    count = stored.trade_count(site.database("ticks"))
    wait_until(lambda: stored.trade_count(site.database("ticks")) > count, 30, "ticks flow again")


@pytest.mark.asan
def test_killed_children_come_back_and_in_the_end_no_trade_is_missing(site):
    chance = random.Random(20240808)
    market = Market(site, "--symbols", ",".join(SYMBOLS), "--rate", "5000", "--weight-limit",
                    "1000000")
    site.set("binance", symbols=",".join(SYMBOLS), **market.settings())
    database = site.database("ticks")
    site.start_stack()
    rounds = [[child] for child in CHILDREN] + [CHILDREN, ["tickd"], CHILDREN]
    if places.long_run():
        rounds = [chance.choice([*([c] for c in CHILDREN), CHILDREN]) for _ in range(50)]
    for children in rounds:
        start = stored.trade_count(database)
        more = chance.randrange(1, 20_000)
        wait_until(lambda: stored.trade_count(database) >= start + more, 30, f"{more} more trades")
        wait_until(lambda: all(site.child_pid(child) for child in children), 30, "all run")
        before = snapshot(database)
        killed = kill_all(site, children)
        assert all(killed.values()), killed
        wait_back(site, killed)
        check_nothing_lost(database, before)
    soundness.assert_whole(site, SYMBOLS)
    assert site.processes[-1].stop() == 0
    check_as_the_exchange_says(site, market)
    soundness.check(site)


def test_what_was_sent_while_tickd_was_down_is_a_gap_at_once_and_then_filled(site):
    market = Market(site, "--symbols", "BTCUSDT", "--rate", "5000")
    site.set("binance", symbols="BTCUSDT", **market.settings())
    database = site.database("ticks")
    tickd = site.start("tickd")
    wait_until(lambda: stored.trade_count(database) > 1000, 30, "1000 trades stored")
    tickd.kill()
    newest = stored.value(database, "SELECT max(tick_id) FROM unified_ticks")
    site.start("tickd")
    wait_until(
        lambda: stored.value(database, "SELECT max(tick_id) FROM unified_ticks") > newest, 30,
        "a trade after the hole")
    gaps = stored.gaps(database)
    assert len(gaps) == 1, gaps
    symbol, first, last, state, _ = gaps[0]
    assert (symbol, first, state) == ("BTCUSDT", newest + 1, "open")
    next_id = stored.value(database, "SELECT min(tick_id) FROM unified_ticks WHERE tick_id > ?",
                           newest)
    assert last == next_id - 1
    soundness.assert_whole(site, ["BTCUSDT"], 60)
    assert stored.gaps(database) == [("BTCUSDT", first, last, "filled", None)]
    assert site.processes[-1].stop() == 0
    soundness.check(site)


def test_the_death_of_the_supervisor_stops_its_children_cleanly(site):
    market = Market(site, "--symbols", "BTCUSDT", "--rate", "5000")
    site.set("binance", symbols="BTCUSDT", **market.settings())
    supervisor = site.start_stack()
    wait_until(lambda: all(site.child_pid(child) for child in CHILDREN), 30, "all run")
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 1000, 30, "trades stored")
    supervisor.kill()
    wait_until(lambda: not any(site.child_pid(child) for child in CHILDREN), 20, "all are gone")
    soundness.check(site)
    again = site.start_stack()
    assert again.stop() == 0
