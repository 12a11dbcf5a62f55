"""A broker on paper: symbols, and ticks that are the truth to be found again in the database."""
import random

M5_MS = 300_000
FLAG_BID, FLAG_ASK, FLAG_LAST, FLAG_VOLUME, FLAG_STRANGE = 2, 4, 8, 16, 128


class BrokerSymbol:
    def __init__(self, name, digits, price, seed):
        self.name, self.digits = name, digits
        self.chance = random.Random(f"{seed} {name}")
        self.price = round(price * 10**digits)
        self.ticks = []  # (server_ms, bid, ask, last, volume, flags), the texts as they are sent

    def text(self, points):
        return f"{points / 10**self.digits:.{self.digits}f}"

    def add(self, server_ms):
        """One more tick; several share a millisecond, some are of an empty book, some trade."""
        chance = self.chance
        self.price = max(1000, self.price + chance.randrange(-3, 4))
        flags = FLAG_BID | FLAG_ASK | (FLAG_STRANGE if chance.random() < 0.1 else 0)
        if chance.random() < 0.01:
            self.ticks.append((server_ms, "0", "0", "0", "0", flags))
            return
        last, volume = "0", "0"
        if chance.random() < 0.2:
            last, volume = self.text(self.price), str(chance.randrange(1, 9))
            flags |= FLAG_LAST | FLAG_VOLUME
        self.ticks.append((server_ms, self.text(self.price), self.text(self.price + 2), last, volume,
                           flags))

    def info(self):
        point = self.text(1)
        return {"name": self.name, "digits": self.digits, "point": point, "volume_min": "0.01",
                "volume_max": "50", "volume_step": "0.01", "tick_size": point, "tick_value": "1",
                "stops_level": 10, "freeze_level": 0, "sessions": [[1, 0, 1440]]}


class Broker:
    """`start_ms` is the broker's own clock, `offset_s` ahead of UTC."""

    def __init__(self, seed=1, offset_s=3 * 3600, start_ms=1_722_510_000_000,
                 symbols=(("EURUSD", 5, 1.1), ("XAUUSD", 2, 2400.0))):
        self.chance = random.Random(seed)
        self.offset_s, self.clock_ms, self.start_ms = offset_s, start_ms, start_ms
        self.symbols = {name: BrokerSymbol(name, digits, price, seed)
                        for name, digits, price in symbols}

    def advance(self, count, mean_ms=40):
        """`count` more ticks, over all symbols."""
        names = sorted(self.symbols)
        for _ in range(count):
            if self.chance.random() < 0.7:
                self.clock_ms += self.chance.randrange(2 * mean_ms)
            self.symbols[self.chance.choice(names)].add(self.clock_ms)

    def clocks(self):
        server_s = self.clock_ms // 1000
        return {"time_server": server_s, "time_gmt": server_s - self.offset_s}

    def expected(self, name, offsets=None):
        """Rows as they are to be stored: (time_us, tick_id, bid_e8, ask_e8, price_e8, volume_e8, flags).

        `offsets` are pairs of (first server_ms, offset_s), ascending; without them it never changed.
        """
        found, before, ordinal = [], None, 0
        for server_ms, bid, ask, last, volume, flags in self.symbols[name].ticks:
            ordinal = ordinal + 1 if server_ms == before else 0
            before = server_ms
            if bid == "0":
                continue
            offset_s = self.offset_s
            for from_ms, value in offsets or ():
                if server_ms >= from_ms:
                    offset_s = value
            traded = last != "0"
            found.append(((server_ms - offset_s * 1000) * 1000, ordinal, e8(bid), e8(ask),
                          e8(last) if traded else None, e8(volume) if traded else None,
                          2 | flags << 8))
        return found


def e8(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10**8 + int(part.ljust(8, "0") or 0)
