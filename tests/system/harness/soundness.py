"""Is what is stored sound? Judged with Python's integers and fractions, not with our code."""
from fractions import Fraction
from itertools import groupby

from harness import stored
from harness.site import DATABASES

SLOT_US = 300_000_000


def check(site):
    """All three databases are whole; ids, gaps and candles of each symbol fit together."""
    for which in DATABASES:
        if site.database(which).exists():
            assert stored.integrity(site.database(which)) == "ok", which
    database = site.database("ticks")
    for symbol_id, symbol in stored.rows(database, "SELECT symbol_id, symbol FROM symbols"):
        check_ids(database, symbol_id, symbol)
        check_candles(database, symbol_id, symbol)


def missing_ranges(ids):
    """The holes in ascending ids: [(first, last)]."""
    return [(before + 1, after - 1) for before, after in zip(ids, ids[1:]) if after != before + 1]


def check_ids(database, symbol_id, symbol):
    """No trade twice, and every hole stands in the ledger."""
    ids = [row[0] for row in stored.rows(
        database, "SELECT tick_id FROM unified_ticks WHERE symbol_id = ? AND flags & 1"
        " ORDER BY tick_id", symbol_id)]
    assert len(ids) == len(set(ids)), f"{symbol}: a trade is stored twice"
    ledger = stored.rows(
        database, "SELECT missing_first_id, missing_last_id FROM feed_gaps WHERE symbol_id = ?"
        " AND state <> 'filled'", symbol_id)
    for first, last in missing_ranges(ids):
        covered = sum(min(last, b) - max(first, a) + 1
                      for a, b in ledger if a <= last and b >= first)
        assert covered == last - first + 1, f"{symbol}: {first}..{last} is missing, not in {ledger}"


def check_candles(database, symbol_id, symbol):
    """Every candle made of ticks equals the one recomputed from the stored ticks."""
    candles = {row[0]: row[1:] for row in stored.rows(
        database, "SELECT open_time_us, open_e8, high_e8, low_e8, close_e8, volume, quote_volume,"
        " taker_buy_volume, trades, first_tick_id, last_tick_id FROM m5_candles"
        " WHERE symbol_id = ? AND origin = 'ticks'", symbol_id)}
    connection = stored.connect(database)
    ticks = connection.execute(
        "SELECT time_us, tick_id, price_e8, volume_e8, flags FROM unified_ticks"
        " WHERE symbol_id = ? AND flags & 1 ORDER BY time_us, tick_id", (symbol_id,))
    recomputed = {slot * SLOT_US: fold(list(of_slot))
                  for slot, of_slot in groupby(ticks, lambda tick: tick[0] // SLOT_US)}
    connection.close()
    assert candles == recomputed, f"{symbol}: candles differ from their ticks"


def fold(ticks):
    prices = [tick[2] for tick in ticks]
    ids = [tick[1] for tick in ticks]
    return (
        prices[0], max(prices), min(prices), prices[-1],
        float(Fraction(sum(tick[3] for tick in ticks), 10**8)),
        float(Fraction(sum(tick[2] * tick[3] for tick in ticks), 10**16)),
        float(Fraction(sum(tick[3] for tick in ticks if not tick[4] & 4), 10**8)),
        len(ticks), min(ids), max(ids),
    )
