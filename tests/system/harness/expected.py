"""What must be stored, computed from the frames alone with Decimal: an independent judge."""
import decimal
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

decimal.getcontext().prec = 80

M5_MS = 300_000
E8 = Decimal(10) ** 8
TRADE, SELL = 1, 4  # unified_ticks.flags

# Only these frames matter; the search keeps 100 000 depth frames from being parsed.
WANTED = re.compile(r'^\{"stream":"[^"]+@(?:trade|bookTicker)"')


@dataclass(frozen=True)
class Trade:
    trade_id: int
    time_ms: int
    price: Decimal
    quantity: Decimal
    sold: bool  # the aggressor sold
    bid: Decimal | None  # of the last book ticker before it in the stream
    ask: Decimal | None
    count: int = 1  # trades inside, where it is an aggregate

    def row(self):
        """(tick_id, time_us, price_e8, volume_e8, bid_e8, ask_e8, flags & 5) as stored."""
        return (
            self.trade_id, self.time_ms * 1000, e8(self.price), e8(self.quantity), e8(self.bid),
            e8(self.ask), TRADE | (SELL if self.sold else 0),
        )


@dataclass(frozen=True)
class Candle:
    open_time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    taker_buy_volume: Decimal
    trades: int
    first_id: int
    last_id: int
    complete: bool

    def row(self):
        """As stored in m5_candles, volumes as the nearest double of the exact sum."""
        return (
            self.open_time_ms * 1000, e8(self.open), e8(self.high), e8(self.low), e8(self.close),
            float(self.volume), float(self.quote_volume), float(self.taker_buy_volume),
            self.trades, self.first_id, self.last_id, int(self.complete),
        )


def e8(value):
    if value is None:
        return None
    scaled = value * E8
    assert scaled == int(scaled), value
    return int(scaled)


def trades_of(frames):
    """{symbol: [Trade]} in the order of the stream, each trade id once."""
    books, trades = {}, defaultdict(dict)
    for frame in frames:
        if not WANTED.match(frame):
            continue
        data = json.loads(frame)["data"]
        symbol = data["s"]
        if "t" not in data:
            if symbol not in books or data["u"] > books[symbol][0]:
                books[symbol] = (data["u"], Decimal(data["b"]), Decimal(data["a"]))
            continue
        _, bid, ask = books.get(symbol, (0, None, None))
        trades[symbol].setdefault(
            data["t"],
            Trade(data["t"], data["T"], Decimal(data["p"]), Decimal(data["q"]), data["m"],
                  bid, ask),
        )
    return {symbol: list(by_id.values()) for symbol, by_id in trades.items()}


def quotes_of(frames):
    """{symbol: {update id: (bid, ask)}} of the book tickers whose update id is news."""
    newest, quotes = {}, defaultdict(dict)
    for frame in frames:
        if not WANTED.match(frame):
            continue
        data = json.loads(frame)["data"]
        if "u" in data and data["u"] > newest.get(data["s"], -1):
            newest[data["s"]] = data["u"]
            quotes[data["s"]][data["u"]] = (Decimal(data["b"]), Decimal(data["a"]))
    return dict(quotes)


def candles_of(trades):
    """M5 candles of one symbol. Complete: over, and its ids join those of the slot before."""
    slots = defaultdict(list)
    for trade in trades:
        slots[trade.time_ms // M5_MS * M5_MS].append(trade)
    candles, last_id = [], None
    for number, open_time_ms in enumerate(sorted(slots)):
        slot = sorted(slots[open_time_ms], key=lambda trade: (trade.time_ms, trade.trade_id))
        ids = [trade.trade_id for trade in slot]
        joined = last_id is not None and min(ids) == last_id + 1
        whole = max(ids) - min(ids) + 1 == len(ids)
        prices = [trade.price for trade in slot]
        candles.append(Candle(
            open_time_ms, prices[0], max(prices), min(prices), prices[-1],
            sum(trade.quantity for trade in slot),
            sum(trade.price * trade.quantity for trade in slot),
            sum((trade.quantity for trade in slot if not trade.sold), Decimal(0)),
            sum(trade.count for trade in slot), min(ids), max(ids),
            joined and whole and number + 1 < len(slots),
        ))
        last_id = max(ids)
    return candles
