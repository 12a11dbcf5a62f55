"""Frames: those of the captures, and seeded ones of our own in the exchange's form."""
import csv
import gzip
import random
from decimal import Decimal

START_MS = 1_700_000_000_000  # in the middle of a slot


def captured(paths):
    """The frames of capture files (`<receive time ns> <frame>` a line) that are stream frames."""
    frames = []
    for path in paths:
        with gzip.open(path, "rt") as lines:
            for line in lines:
                frame = line.rstrip("\n").partition(" ")[2]
                if frame.startswith('{"stream"'):
                    frames.append(frame)
    return frames


def golden_candles(path):
    """Rows of a golden candle file, numbers as Decimal."""
    with open(path, newline="") as lines:
        return [{name: Decimal(value) for name, value in row.items()}
                for row in csv.DictReader(lines)]


def trade_frame(symbol, trade_id, price, quantity, time_ms, sold):
    return (
        f'{{"stream":"{symbol.lower()}@trade","data":{{"e":"trade","E":{time_ms + 1},'
        f'"s":"{symbol}","t":{trade_id},"p":"{price}","q":"{quantity}","T":{time_ms},'
        f'"m":{"true" if sold else "false"},"M":true}}}}'
    )


def book_frame(symbol, update_id, bid, ask):
    return (
        f'{{"stream":"{symbol.lower()}@bookTicker","data":{{"u":{update_id},"s":"{symbol}",'
        f'"b":"{bid}","B":"1.50000000","a":"{ask}","A":"0.25000000"}}}}'
    )


class Walk:
    """One symbol's prices and ids."""

    def __init__(self, chance, symbol):
        self.chance, self.symbol = chance, symbol
        self.cents = chance.randrange(1, 10**13)  # price in 1e-8: from dust to 100 000
        self.trade_id = chance.randrange(1, 10**10)
        self.update_id = chance.randrange(1, 10**11)

    def step(self):
        self.cents = max(10, self.cents + self.chance.randrange(-5, 6) * (self.cents // 20000 + 1))

    @staticmethod
    def text(e8):
        return f"{e8 // 10**8}.{e8 % 10**8:08}"

    def book(self):
        self.update_id += self.chance.randrange(1, 50)
        spread = self.cents // 50000 + 1
        return book_frame(self.symbol, self.update_id, self.text(self.cents - spread),
                          self.text(self.cents + spread))

    def trade(self, time_ms):
        self.trade_id += 1
        quantity = self.chance.randrange(1, 10 ** self.chance.randrange(1, 14))
        return trade_frame(self.symbol, self.trade_id, self.text(self.cents), self.text(quantity),
                           time_ms, self.chance.random() < 0.5)


def generated(seed, symbols, count, span_ms=1_500_000, quotes=0.5, start_ms=START_MS):
    """`count` frames of several symbols over `span_ms`, several a millisecond at times."""
    chance = random.Random(seed)
    walks = [Walk(chance, symbol) for symbol in symbols]
    times = sorted(start_ms + chance.randrange(span_ms // 3) * 3 for _ in range(count))
    frames = []
    for time_ms in times:
        walk = chance.choice(walks)
        walk.step()
        frames.append(walk.book() if chance.random() < quotes else walk.trade(time_ms))
    return frames
