"""DTMS through kills, restarts and replays: the same ticks give the same decisions, each once."""
import filecmp
import random

import pytest

from harness import decisions, stored
from harness.decisions import GRID_US, SECOND_US
from harness.waiting import wait_until

HOUR_US = 3600 * SECOND_US
START = 1_722_470_400_000_000  # 2024-08-01 00:00 UTC
SEED_HOURS, WATCHED_HOURS = 72, 12
FROM = START + SEED_HOURS * HOUR_US - GRID_US  # before the trades are enabled
TO = START + (SEED_HOURS + WATCHED_HOURS) * HOUR_US
# Each source its own symbol: the ticks of one come in the order of its clock.
MARKETS = {"up": ("BTCUSDT", 60_000, 0.3), "down": ("ETHUSDT", 3_000, -0.3)}


def lines_of(source):
    symbol, price, drift = MARKETS[source]
    hours = SEED_HOURS + WATCHED_HOURS
    lines = decisions.trade_lines(symbol, START, hours + 1, 4, price, drift)
    seconds = SEED_HOURS * 3600 // 4
    # What comes after TO ends before the next instant: it closes what is to be decided at TO.
    return lines[:seconds], lines[seconds:hours * 3600 // 4 + 5]


def start(site):
    site.set("binance", enabled="no").set("retention", ticks="0", m5_candles="0")
    site.set("retention", analysis_results="0", dtms_actions="0")
    site.start("tickd")
    return site.start("analysisd")


def bring(site, source, name, lines):
    path = site.folder / f"{MARKETS[source][0]}-trades-{name}.csv"
    path.write_text("".join(lines))
    done = site.tradingctl("import", "--source", source, path)
    assert done.returncode == 0, done.stderr


def bring_seed(site):
    later = {}
    for source in MARKETS:
        seed, later[source] = lines_of(source)
        bring(site, source, "2024-08", seed)
    wait_done(site)
    return later


def wait_done(site):
    decisions.wait_analysed(site, 120)

    def done():
        newest = dict(stored.rows(
            site.database("ticks"), "SELECT source, max(newest_us) FROM symbols GROUP BY 1"))
        decided = dict(stored.rows(
            site.database("analysis"), "SELECT source, next_us FROM dtms_progress"))
        return all(
            decided.get(source, 0) + SECOND_US > clock for source, clock in newest.items()
            if stored.value(site.database("analysis"), "SELECT count(*) FROM dtms_trades"
                            " WHERE source = ? AND closed_us IS NULL", source))

    wait_until(done, 120, "all is decided")


def enable(site):
    """Four trades a source: both directions, near and far stops."""
    for number, (source, (symbol, _, _)) in enumerate(MARKETS.items()):
        price = stored.value(site.database("ticks"), "SELECT price_e8 / 1e8 FROM unified_ticks JOIN"
                             " symbols USING (symbol_id) WHERE symbol = ? ORDER BY time_us DESC",
                             symbol)
        for offset, (direction, away) in enumerate(
                [("BUY", -0.01), ("BUY", None), ("SELL", 0.01), ("SELL", None)]):
            stop = [] if away is None else ["--sl", f"{price * (1 + away):.2f}"]
            done = site.tradingctl("dtms", "enable", 100 * number + offset + 1,
                                   f"{source}:{symbol}", direction, f"{price:.2f}", "0.5", *stop)
            assert done.returncode == 0, done.stderr


def replay(site, name, from_us=FROM, to_us=TO):
    path = site.folder / name
    done = site.run("analysisd", "--replay", iso(from_us), iso(to_us), "--into", path, timeout=120)
    assert done.returncode == 0, done.stderr
    return path


def iso(time_us):
    day, seconds = divmod((time_us - START) // SECOND_US, 86400)
    return (f"2024-08-{day + 1:02}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z")


def check_verified(site):
    done = site.tradingctl("verify")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.asan
def test_live_decisions_and_analyses_are_those_of_a_replay_and_two_replays_are_one(site):
    analysisd = start(site)
    later = bring_seed(site)
    enable(site)
    for source in MARKETS:  # while analysisd follows
        bring(site, source, "2024-08", later[source])
    wait_done(site)
    check_verified(site)
    first = replay(site, "first.db")
    assert site.tradingctl("dtms", "off").returncode == 0  # of what was before that changes nothing
    assert filecmp.cmp(first, replay(site, "second.db"), shallow=False)
    statuses = "SELECT action_id, status, error FROM dtms_actions ORDER BY 1"
    assert stored.rows(first, statuses) == stored.rows(site.database("analysis"), statuses)
    decisions.check_once(site.database("analysis"))
    decisions.check_once(first)
    found = decisions.check_same(site.database("analysis"), first, FROM, TO)
    assert found["dtms_trades"] == 8 and found["dtms_checks"] > 8 * WATCHED_HOURS
    assert found["dtms_actions"] > 8 and found["analysis_results"] > 2 * 9 * 12 * WATCHED_HOURS
    # A part of it, which begins with trades that are open.
    part = FROM + HOUR_US, TO - HOUR_US
    decisions.check_same(site.database("analysis"), replay(site, "part.db", *part), *part,
                         left_out=["dtms_trades"])  # which went on
    assert analysisd.stop() == 0
    assert stored.integrity(first) == "ok"


@pytest.mark.asan
def test_kills_while_it_decides_lose_and_repeat_nothing(site):
    analysisd = start(site)
    later = bring_seed(site)
    enable(site)
    chance, kills = random.Random(7), 0
    checks = "SELECT count(*) FROM dtms_checks"
    assert analysisd.stop() == 0
    for source in MARKETS:  # it has all of it before it
        bring(site, source, "2024-08", later[source])
    goal = 0
    while kills < 12:
        analysisd = site.start("analysisd")
        goal += chance.randrange(1, 12)
        wait_until(lambda: (stored.value(site.database("analysis"), checks) or 0) >= goal, 60,
                   f"{goal} checks", poll=0.001)
        analysisd.kill()
        kills += 1
        assert stored.integrity(site.database("analysis")) == "ok"
        goal = stored.value(site.database("analysis"), checks)
    site.start("analysisd")
    wait_done(site)
    check_verified(site)
    decisions.check_once(site.database("analysis"))
    found = decisions.check_same(site.database("analysis"), replay(site, "replayed.db"), FROM, TO)
    assert found["dtms_checks"] > goal
