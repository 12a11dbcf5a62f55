"""What a seed stands for: faults of the exchange, settings of tickd, and what happens to tickd."""
import random
from dataclasses import dataclass, field

SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"]
SLOT_MS = 300_000
HOLE_EVERY, WEIGHT_EVERY = 20, 20  # these take over a minute: what they try needs one


@dataclass
class Event:
    """`kill` (SIGKILL), `restart` (SIGTERM) or `freeze` (SIGSTOP), so long after the beginning."""
    at_s: float
    kind: str
    for_s: float  # until it is started, or goes on, again


@dataclass
class Plan:
    seed: int
    symbols: list
    rate: int  # trades a second over all symbols
    seconds: float  # that the faults of the streams last
    start_ms: int | None  # the exchange's time at the beginning, None: ours
    tls: bool
    records: bool
    trades: int  # about so many come meanwhile
    market: list = field(default_factory=list)  # options that every run of this market has
    faults: list = field(default_factory=list)  # of the streams: until the calm
    rest: list = field(default_factory=list)  # of REST and what hides no trade: to the end
    settings: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    at_calm: str = ""  # what happens to tickd while the exchange is away before the calm
    patience_s: int = 150

    def ids(self):
        return "aggTrade" if "aggTrade" in self.settings["binance"]["streams"] else "trade"

    def holed(self):
        """The symbols of which the exchange itself lacks ids."""
        return [hole.partition(":")[0] for name, hole in zip(self.market, self.market[1:])
                if name == "--hole"]

    def text(self):
        return "\n".join([
            f"seed {self.seed}: {self.rate} trades/s of {','.join(self.symbols)},"
            f" {self.seconds:.1f} s, tls {self.tls}, records {self.records},"
            f" start {self.start_ms}", "market: " + " ".join(self.market),
            "faults: " + " ".join(self.faults), "to the end: " + " ".join(self.rest),
            f"settings: {self.settings}", f"events: {self.events}, then {self.at_calm or 'none'}"])


def draw(seed, now_ms):
    """The same for the same seed, but for where in a slot of five minutes it begins."""
    chance = random.Random(seed)
    plan = Plan(
        seed=seed, symbols=chance.sample(SYMBOLS, chance.randint(1, 4)),
        rate=chance.randint(1500, 4000), seconds=chance.uniform(3.5, 6),
        start_ms=None, tls=chance.random() < 0.4,
        records=chance.random() < 0.4, trades=0)
    plan.trades = int(plan.rate * plan.seconds)
    plan.market = ["--symbols", ",".join(plan.symbols), "--rate", str(plan.rate),
                   "--seed", str(seed), "--history", "1h"]
    place_in_slot(chance, plan, now_ms)
    draw_rest(chance, plan)
    draw_streams(chance, plan)
    draw_settings(chance, plan)
    draw_events(chance, plan)
    if seed % HOLE_EVERY == 0:
        dig_hole(chance, plan)
    return plan


def place_in_slot(chance, plan, now_ms):
    """Mostly so that candles close while it runs, with a clock that is not ours."""
    edge_s, ahead = chance.uniform(0.5, plan.seconds + 1), chance.random() < 0.5
    if chance.random() < 0.7 and plan.seed % WEIGHT_EVERY != WEIGHT_EVERY // 2:
        plan.start_ms = (now_ms // SLOT_MS + ahead) * SLOT_MS - int(edge_s * 1000)


# ---- REST ----


def draw_rest(chance, plan):
    rest = plan.rest
    if chance.random() < 0.25:
        rest += ["--rest-429", str(chance.randint(3, 12))]
    if chance.random() < 0.2:
        rest += ["--rest-418", str(chance.randint(4, 12))]
    if rest:
        rest += ["--retry-after", str(chance.choice([1, 2, 4]))]
    if chance.random() < 0.25:
        rest += ["--rest-error", f"{chance.uniform(0.03, 0.25):.3f}"]
    if chance.random() < 0.25:
        rest += ["--rest-malformed", f"{chance.uniform(0.03, 0.25):.3f}"]
    if chance.random() < 0.25:
        rest += ["--rest-lag", f"{chance.randint(200, 4000)}ms"]
    if chance.random() < 0.25:
        rest += ["--rest-delay", f"{chance.choice([5, 50, 300])}ms"]
    if plan.seed % WEIGHT_EVERY == WEIGHT_EVERY // 2:
        rest += ["--weight-limit", "400"]
        plan.patience_s = 300
    elif chance.random() < 0.7:
        rest += ["--weight-limit", "1000000"]


# ---- streams ----


def draw_streams(chance, plan):
    """Each fault by a lot of its own; those that hide trades cost a call of REST each."""
    slow_rest = plan.rest != ["--weight-limit", "1000000"]
    lost = chance.choice([4, 10] if slow_rest else [20, 60, 150])
    bytes_per_second = plan.rate * 350
    harmless = {
        "--repeat": lambda: f"{chance.uniform(0.01, 0.3):.3f}",
        "--malformed": lambda: f"{chance.uniform(0.001, 0.05):.4f}",
        "--huge": lambda: f"{chance.uniform(0.0002, 0.002):.5f}",
        "--unknown": lambda: f"{chance.uniform(0.001, 0.05):.4f}",
        "--ping-interval": lambda: f"{chance.randint(400, 2000)}ms",
    }
    harmful = {
        "--swap": lambda: f"{chance.uniform(0.005, 0.2):.3f}",
        "--drop-frames": lambda: f"{lost / plan.trades:.5f}",
        "--slow": lambda: str(int(bytes_per_second * chance.uniform(0.5, 1.5))),
        "--cut-after": lambda: str(chance.randint(3000, 12000)),
        "--cut-every": lambda: f"{chance.randint(900, 3000)}ms",
        "--max-age": lambda: f"{chance.randint(1200, 3000)}ms",
        "--shutdown-every": lambda: f"{chance.randint(700, 2500)}ms",
    }
    hiding = {
        "--silence-after": lambda: str(chance.randint(3000, 12000)),
        "--mute": lambda: f"{chance.choice(plan.symbols)}:"
                          + chance.choice(["500", "2000", "700ms", "1500ms"]),
    }
    choose(chance, harmless, plan.rest)
    choose(chance, harmful, plan.faults)
    if len(plan.symbols) > 1:
        choose(chance, hiding, plan.faults)
    if "--shutdown-every" in plan.faults:
        plan.faults += ["--shutdown-lead", chance.choice(["0", "300ms", "1500ms", "3s"])]


def choose(chance, faults, options):
    for name, value in faults.items():
        if chance.random() < 0.3:
            options += [name, value()]


def dig_hole(chance, plan):
    """Ids that the exchange itself does not have, in the middle of the market."""
    for symbol in plan.symbols[:chance.randint(1, 2)]:
        first = int(plan.trades / len(plan.symbols) * chance.uniform(0.4, 0.7))
        plan.market += ["--hole", f"{symbol}:{first}-{first + chance.randint(0, 300)}"]
    plan.patience_s = 300


# ---- tickd ----


def draw_settings(chance, plan):
    streams = [chance.choice(["trade", "trade", "aggTrade"])]
    streams += ["bookTicker"] if chance.random() < 0.8 else []
    plan.settings = {
        "binance": {
            "symbols": ",".join(plan.symbols), "streams": ",".join(streams),
            "quotes": chance.choice(["on_trade", "on_trade", "all"]),
            "silence": f"{chance.randint(1, 3)}s", "pause_limit": "1s",
            "symbol_silence": chance.choice(["500ms", "1s", "2s"]),
            "history": chance.choice(["0", "1h"]),
        },
        "storage": {
            "ring": chance.choice(["16384", "16384", "262144"]),
            "batch": chance.choice(["50", "1000", "10000"]),
            "wal_limit": chance.choice(["1M", "256M"]),
        },
    }


def draw_events(chance, plan):
    kinds = ["kill", "kill", "restart", "freeze"]
    for _ in range(chance.choice([0, 1, 1, 2, 3])):
        kind = chance.choice(kinds)
        for_s = chance.uniform(0.3, 2.5) if kind == "freeze" else chance.choice([0, 0, 0.5])
        plan.events.append(Event(chance.uniform(0.7, plan.seconds - 0.3), kind, for_s))
    plan.events.sort(key=lambda event: event.at_s)
    plan.at_calm = chance.choice(["", "", "kill", "restart"])
