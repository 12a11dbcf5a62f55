"""Trades that come late correct closed candles, and their analyses are those of a run from scratch."""
import asyncio
import json

import pytest
from harness import frames, soundness, stored
from harness.exchange import Exchange
from harness.waiting import wait_until

SLOT_MS = 300_000
SLOTS = 13
SLOTS_OF = {"M5": 1, "M15": 3, "M30": 6, "H1": 12}
LATE_SLOT = 5  # the trades of its middle come late
START_MS = frames.START_MS // SLOT_MS * SLOT_MS
RESULTS = ("SELECT source, symbol, analysis_type, timeframe, time_us, result, confidence,"
           " input_revision FROM analysis_results ORDER BY 1, 2, 3, 4, 5")


def trades_every_second():
    """An hour of one symbol, in frames; the price goes far enough for every value to differ."""
    price = 60_000_00
    for number in range(SLOTS * 300):
        price += number * 7919 % 1009 - 504
        yield frames.trade_frame("BTCUSDT", 1_000_000 + number, f"{price // 100}.{price % 100:02}000000",
                                 "0.12500000", START_MS + number * 1000, number % 3 == 0)


def is_late(frame):
    time_ms = json.loads(frame)["data"]["T"] - START_MS - LATE_SLOT * SLOT_MS
    return 100_000 <= time_ms < 200_000


class Holed(Exchange):
    """Leaves 100 trades out and answers no REST call for them, until release()."""

    def __init__(self, sent):
        super().__init__(sent)
        self.released = asyncio.Event()

    def release(self):
        self.loop.call_soon_threadsafe(self.released.set)

    async def play(self, connection, path):
        self.connections += 1
        self.paths.append(path)
        if not self.released.is_set():
            for frame in self.frames:
                if not is_late(frame):
                    await connection.send(frame)
            await self.released.wait()
            connection.transport.abort()
            return
        for frame in self.frames:
            if is_late(frame):
                await connection.send(frame)
        await connection.wait_closed()

    def answer(self, path, query):
        if not self.released.is_set() and path in ("/api/v3/historicalTrades", "/api/v3/aggTrades"):
            return 503, {"code": -1000, "msg": "not now"}
        return super().answer(path, query)


def results(site):
    return stored.rows(site.database("analysis"), RESULTS)


def by_bar(rows):
    """{(type, timeframe, opening time): (result, input_revision)}"""
    return {row[2:5]: (row[5], row[7]) for row in rows}


def candles_analysed(site):
    return sum(row[2:4] == ("volatility_analysis", "M5") for row in results(site))


def pending(site):
    return site.status("analysisd").get("analysis", {}).get("pending")


@pytest.mark.asan
def test_late_trades_of_a_closed_candle_are_analysed_as_if_they_had_come_in_time(site):
    exchange = Holed(list(trades_every_second())).start()
    site.at_end.append(exchange.stop)
    site.set("binance", source="sim", **exchange.settings())
    tickd = site.start("tickd")
    analysisd = site.start("analysisd")
    wait_until(lambda: candles_analysed(site) == SLOTS - 1 and pending(site) == 0, 30,
               "what has closed is analysed")
    before = by_bar(results(site))
    assert stored.gaps(site.database("ticks"))[0][1:3] == (1_001_600, 1_001_699)

    exchange.release()
    wait_until(lambda: stored.trade_count(site.database("ticks")) == SLOTS * 300, 60, "all are stored")
    late_us = (START_MS + LATE_SLOT * SLOT_MS) * 1000
    revision = stored.value(site.database("ticks"), "SELECT revision FROM m5_candles"
                            " WHERE open_time_us = ?", late_us)
    assert revision > 0
    wait_until(lambda: by_bar(results(site))["enhanced_symbol_analysis", "M5", late_us][1] == revision,
               30, "the corrected candle is analysed")
    wait_until(lambda: pending(site) == 0, 60, "all that depends on it is")
    after = by_bar(results(site))
    assert set(after) == set(before)
    assert {timeframe for _, timeframe, _ in after} == set(SLOTS_OF)
    for (kind, timeframe, open_us), (result, input_revision) in after.items():
        told, told_revision = before[kind, timeframe, open_us]
        if open_us + SLOTS_OF[timeframe] * SLOT_MS * 1000 <= late_us:
            assert (result, input_revision) == (told, told_revision)
        elif open_us <= late_us:
            assert input_revision > told_revision and result != told
        else:  # it did not change; but their indicators look back on one that did
            assert input_revision == told_revision
            if kind in ("enhanced_symbol_analysis", "volatility_analysis"):
                assert result != told

    whole = results(site)
    assert analysisd.stop() == 0
    for path in site.database("analysis").parent.iterdir():
        path.unlink()
    site.start("analysisd")
    wait_until(lambda: candles_analysed(site) == SLOTS - 1 and pending(site) == 0, 30,
               "analysed from scratch")
    assert results(site) == whole
    assert tickd.stop() == 0
    soundness.check(site)
    found = site.tradingctl("verify")
    assert found.returncode == 0, found.stdout + found.stderr
