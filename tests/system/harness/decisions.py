"""What analysisd makes of ticks, read from a database of it: live, or of a replay."""
import json
import random

from harness import stored
from harness.waiting import wait_until

SECOND_US = 1_000_000
GRID_US = 30 * SECOND_US
SLOT_US = 300 * SECOND_US
# What of a row does not follow from stored data: ids, our own clock, what a venue made of it.
LEFT_OUT = {"analysis_results": {"id", "created_us"}, "dtms_checks": set(), "dtms_trades": set(),
            "dtms_actions": {"id", "created_us", "status", "error"}, "market_facts": set()}
SLOTS = {"M5": 1, "M15": 3, "M30": 6, "H1": 12, "H4": 48, "D1": 288}


# ---- a market on paper ----

def trade_lines(seed, start_us, hours, step_s, price, drift):
    """Lines of an archive: a walk with `drift` per cent an hour, in tides that come and go."""
    chance = random.Random(seed)
    lines, tide = [], 0.0
    for number in range(hours * 3600 // step_s):
        time_ms = (start_us // SECOND_US + number * step_s) * 1000 + chance.randrange(900)
        tide += chance.gauss(0, 0.000001) - tide / 200
        price *= 1 + drift / 100 * step_s / 3600 + tide + chance.gauss(0, 0.0001)
        lines.append(f"{number + 1},{price:.2f},{chance.randrange(1, 900) / 1000:.3f},1,{time_ms},"
                     f"{chance.choice(('True', 'False'))},True\n")
    return lines


# ---- what is stored, and seen ----

def wait_begun(site, symbols):
    """Until nothing more comes from before the first tick: what is decided earlier lacks it.

    A replay has it all: the history up to the slot of the first tick, and that slot from its open.
    """
    wait_until(lambda: stored.value(
        site.database("ticks"), "SELECT count(*) FROM symbols s WHERE history_until_us >="
        " whole_from_us AND NOT EXISTS (SELECT 1 FROM feed_gaps g WHERE g.symbol_id = s.symbol_id"
        " AND g.state IN ('open', 'filling'))") == symbols, 60, "history and first slots are stored")


def wait_analysed(site, timeout=60):
    """Until everything that is stored by now is analysed; status.json would be a second old."""
    goals = stored.rows(
        site.database("ticks"), "SELECT source, symbol, history_until_us, coalesce((SELECT max(seq)"
        " FROM changes c WHERE c.symbol_id = s.symbol_id), 0), (SELECT max(open_time_us) FROM"
        " m5_candles c WHERE c.symbol_id = s.symbol_id AND open_time_us <= (SELECT max(newest_us)"
        f" FROM symbols o WHERE o.source = s.source) - {SLOT_US + SECOND_US}) closed_us"
        " FROM symbols s WHERE closed_us IS NOT NULL")
    assert goals

    def done():
        seen = {row[:2]: row[2:] for row in stored.rows(
            site.database("analysis"), "SELECT source, symbol, history_us, changes_seq, next_us"
            " FROM analysis_progress")}
        for source, symbol, history_until_us, change, closed_us in goals:
            history_us, changes_seq, next_us = seen.get((source, symbol), (None, -1, 0))
            if history_us != history_until_us or changes_seq < change or next_us <= closed_us:
                return False
        return True

    wait_until(done, timeout, "all that is stored is analysed")


# ---- rows ----

def columns(path, table):
    return [row[1] for row in stored.rows(path, f"PRAGMA table_info({table})")
            if row[1] not in LEFT_OUT[table]]


def rows_of(path, table, where="1"):
    """Every row with its columns' names, sorted: equal lists are equal tables."""
    names = columns(path, table)
    return sorted((tuple(zip(names, row)) for row in stored.rows(
        path, f"SELECT {', '.join(names)} FROM {table} WHERE {where}")), key=repr)


def closes_within(from_us, to_us):
    """SQL: the bar at time_us closes after from_us and not after to_us."""
    length = " ".join(f"WHEN '{name}' THEN {slots * SLOT_US}" for name, slots in SLOTS.items())
    return (f"time_us + CASE timeframe {length} END > {from_us}"
            f" AND time_us + CASE timeframe {length} END <= {to_us}")


def check_same(live, replay, from_us, to_us, left_out=()):
    """All that was made live of a time is what its replay makes of it; returns the rows of each."""
    decided = f"time_us > {from_us} AND time_us <= {to_us}"
    closed = closes_within(from_us, to_us)
    open_then = f"registered_us <= {to_us} AND (closed_us IS NULL OR closed_us > {from_us})"
    found = {}
    for table, where in (("analysis_results", closed), ("market_facts", closed),
                         ("dtms_checks", decided), ("dtms_actions", decided),
                         ("dtms_trades", open_then)):
        if table in left_out:
            continue
        was, again = rows_of(live, table, where), rows_of(replay, table)
        only = [sorted(set(one) - set(other), key=repr)[:1]
                for one, other in ((was, again), (again, was))]
        assert was == again, f"{table}: {len(was)} rows, {len(again)} replayed: {only}"[:4000]
        found[table] = len(was)
    return found


# ---- sound in themselves ----

def check_once(path):
    """Every instant of a trade decided once, and each check's score is the sum of its signals."""
    checks = stored.rows(path, "SELECT account, ticket, time_us, score, market, state_from, state_to"
                         " FROM dtms_checks ORDER BY 1, 2, 3")
    keys = [row[:3] for row in checks]
    assert len(keys) == len(set(keys))
    for account, ticket, time_us, score, market, _, _ in checks:
        assert time_us % GRID_US == 0
        signals = json.loads(market)["signals"].values()
        assert abs(sum(signal["score"] for signal in signals) - score) < 1e-9, (ticket, time_us)
        assert all(signal["score"] == 0 for signal in signals if signal["missing"])
    by_trade = {}
    for account, ticket, time_us, _, _, before, after in checks:
        known = by_trade.get((account, ticket), "HEALTHY")
        assert known == before, f"{ticket} at {time_us} is {before}, and was {known} before"
        by_trade[account, ticket] = after
    names = [row[0] for row in stored.rows(path, "SELECT action_id FROM dtms_actions")]
    assert len(names) == len(set(names))
    made = {row[:2] for row in stored.rows(
        path, "SELECT ticket, time_us FROM dtms_checks WHERE state_from <> state_to")}
    for ticket, time_us, before, after in stored.rows(
            path, "SELECT ticket, time_us, state_from, state_to FROM dtms_actions"):
        assert before == after == "CLOSING" or (ticket, time_us) in made, (ticket, time_us)
