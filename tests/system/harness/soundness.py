"""Is what is stored sound? Judged with Python's integers and fractions, not with our code."""
import json
import time
import urllib.request
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from harness import expected, stored
from harness.site import DATABASES

SLOT_US = 300_000_000
CANDLE_COLUMNS = ("open_time_us, open_e8, high_e8, low_e8, close_e8, volume, quote_volume,"
                  " taker_buy_volume, trades, first_tick_id, last_tick_id, complete")


# ---- against itself ----


def check(site):
    """All three databases are whole; ids, gaps and candles of each symbol fit together."""
    for which in DATABASES:
        if site.database(which).exists():
            assert stored.integrity(site.database(which)) == "ok", which
    database = site.database("ticks")
    for symbol_id, symbol in stored.rows(
            database, "SELECT symbol_id, symbol FROM symbols WHERE id_kind <> 'ordinal'"):
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
    frozen_us = stored.value(database, "SELECT coalesce(frozen_us, 0) FROM symbols"
                             " WHERE symbol_id = ?", symbol_id)
    origins = stored.rows(database, "SELECT open_time_us, origin FROM m5_candles"
                          " WHERE symbol_id = ?", symbol_id)
    of_others = {open_us for open_us, origin in origins if origin != "ticks"}
    candles = {row[0]: row[1:-1] for row in stored.rows(
        database, f"SELECT {CANDLE_COLUMNS} FROM m5_candles"
        " WHERE symbol_id = ? AND origin = 'ticks' AND open_time_us >= ?", symbol_id, frozen_us)}
    connection = stored.connect(database)
    ticks = connection.execute(
        "SELECT time_us, tick_id, price_e8, volume_e8, flags, coalesce(trade_count, 1)"
        " FROM unified_ticks WHERE symbol_id = ? AND flags & 1 AND time_us >= ?"
        " ORDER BY time_us, tick_id", (symbol_id, frozen_us))
    recomputed = {slot * SLOT_US: fold(list(of_slot))
                  for slot, of_slot in groupby(ticks, lambda tick: tick[0] // SLOT_US)}
    connection.close()
    # Where ours has holes the exchange's own candle stands.
    recomputed = {slot: candle for slot, candle in recomputed.items() if slot not in of_others}
    assert candles == recomputed, f"{symbol}: candles differ from their ticks"


def fold(ticks):
    prices = [tick[2] for tick in ticks]
    ids = [tick[1] for tick in ticks]
    return (
        prices[0], max(prices), min(prices), prices[-1],
        float(Fraction(sum(tick[3] for tick in ticks), 10**8)),
        float(Fraction(sum(tick[2] * tick[3] for tick in ticks), 10**16)),
        float(Fraction(sum(tick[3] for tick in ticks if not tick[4] & 4), 10**8)),
        sum(tick[5] for tick in ticks), min(ids), max(ids),
    )


# ---- whole ----


def missing(database, symbols=None):
    """What the ledger misses: [(symbol, first_id, last_id, state, reason)]."""
    return [row for row in stored.rows(
        database, "SELECT symbol, missing_first_id, missing_last_id, state, reason"
        " FROM feed_gaps g JOIN symbols USING (symbol_id) WHERE state <> 'filled'"
        " ORDER BY symbol, missing_first_id") if symbols is None or row[0] in symbols]


def assert_whole(site, symbols=None, timeout=120):
    """
    Waits until no id is missing and verify finds nothing wrong; returns verify's JSON.

    A fault that verify finds ends it at once, and so does a gap that was given up.
    """
    database = site.database("ticks")
    deadline = time.monotonic() + timeout
    while True:
        left = missing(database, symbols)
        assert all(row[3] != "unfillable" for row in left), left
        if not left:
            found = site.tradingctl_json("verify", timeout=timeout, statuses=(0,))
            of_them = [symbol for symbol in found["symbols"]
                       if symbols is None or symbol["symbol"] in symbols]
            # Between the two looks a gap may have been opened.
            if of_them and all(symbol["whole"] for symbol in of_them):
                if symbols is not None:
                    assert {symbol["symbol"] for symbol in of_them} == set(symbols), found
                return found
        assert time.monotonic() < deadline, f"not whole within {timeout} s: {left}"
        time.sleep(0.1)


# ---- against a source ----


def said_by(market, symbol, first_id, last_id, ids="trade"):
    """
    [expected.Trade] of first_id..last_id as the market's REST calls have them, page by page.

    With ids="aggTrade" they are aggregates.  Ids that the market does not have are left out.
    """
    call, key, read = {"trade": ("historicalTrades", "id", trade_of),
                       "aggTrade": ("aggTrades", "a", aggregate_of)}[ids]
    base, said = market.settings()["rest_url"], []
    while first_id <= last_id:
        url = f"{base}/api/v3/{call}?symbol={symbol}&fromId={first_id}&limit=1000"
        with urllib.request.urlopen(url, timeout=20) as answer:
            page = json.load(answer)
        if not page:
            break
        assert page[0][key] >= first_id, (symbol, first_id, page[0])
        said += [read(row) for row in page if row[key] <= last_id]
        first_id = page[-1][key] + 1
    return said


def trade_of(row):
    return expected.Trade(row["id"], row["time"], Decimal(row["price"]), Decimal(row["qty"]),
                          row["isBuyerMaker"], None, None)


def aggregate_of(row):
    return expected.Trade(row["a"], row["T"], Decimal(row["p"]), Decimal(row["q"]), row["m"],
                          None, None, row["l"] - row["f"] + 1)


def range_of(database, symbol):
    """(smallest, largest) id of a symbol that is stored."""
    found = stored.rows(
        database, "SELECT min(tick_id), max(tick_id) FROM unified_ticks"
        " JOIN symbols USING (symbol_id) WHERE symbol = ? AND flags & 1", symbol)
    return found[0]


def check_as_said(site, said):
    """
    What is stored is what an independent source says, {symbol: [expected.Trade]}: nothing between
    the first and the last stored id is missing, nothing is there twice, nothing is there that was
    not said, every candle made of ticks is the one of these trades.
    """
    database = site.database("ticks")
    for symbol, trades in said.items():
        first_id, last_id = range_of(database, symbol)
        assert first_id is not None, f"{symbol}: nothing is stored"
        of_range = {t.trade_id: t for t in trades if first_id <= t.trade_id <= last_id}
        check_trades_as_said(database, symbol, of_range)
        check_candles_as_said(database, symbol, of_range)


def check_trades_as_said(database, symbol, said):
    rows = stored.trades(database, symbol)
    ids = [row[0] for row in rows]
    assert len(ids) == len(set(ids)), f"{symbol}: a trade is stored twice"
    lost = sorted(set(said) - set(ids))
    assert not lost, f"{symbol}: {len(lost)} trades are not stored: {lost[:5]}"
    for row in rows:
        trade = said.get(row[0])
        assert trade is not None, f"{symbol}: {row} is stored, but was never said"
        told = trade.row()
        assert row[:4] + row[6:] == told[:4] + told[6:], f"{symbol}: {row} instead of {told}"
    counts = dict(stored.rows(
        database, "SELECT tick_id, coalesce(trade_count, 1) FROM unified_ticks"
        " JOIN symbols USING (symbol_id) WHERE symbol = ? AND flags & 1", symbol))
    wrong = [trade_id for trade_id, trade in said.items() if counts[trade_id] != trade.count]
    assert not wrong, f"{symbol}: {len(wrong)} have another count of trades: {wrong[:5]}"


def check_candles_as_said(database, symbol, said):
    frozen_us = stored.value(
        database, "SELECT max(coalesce(frozen_us, 0)) FROM symbols WHERE symbol = ?", symbol)
    candles = {row[0]: row[1:] for row in stored.rows(
        database, f"SELECT {CANDLE_COLUMNS} FROM m5_candles JOIN symbols USING (symbol_id)"
        " WHERE symbol = ? AND origin = 'ticks' AND open_time_us >= ?", symbol, frozen_us)}
    told = {row[0]: row[1:] for row in (
        candle.row() for candle in expected.candles_of(list(said.values())))}
    first_us, last_us = min(told), max(told)
    holed = {trade.time_ms // expected.M5_MS * expected.M5_MS * 1000
             for before, trade in zip(said.values(), list(said.values())[1:])
             if trade.trade_id != before.trade_id + 1}
    for open_us, candle in told.items():
        if open_us not in candles and (open_us == first_us or open_us in holed):
            continue  # the exchange's own may stand where the ticks begin or have a hole
        assert open_us in candles, f"{symbol}: no candle at {open_us}"
        # Whether the first and the last are complete depends on more than the trades.
        fields = 10 if open_us in (first_us, last_us) else 11
        assert candles[open_us][:fields] == candle[:fields], (
            f"{symbol}: candle {open_us} is {candles[open_us]} instead of {candle}")
    assert set(candles) <= set(told), f"{symbol}: candles of nothing: {set(candles) - set(told)}"
