"""Scenarios of analysisd by lot: seeds.py FIRST LAST PLAYER.  In the end a replay gives the same."""

import json
import os
import random
import subprocess
import sys
import tempfile

PRICES = {"BTCUSDT": 60000, "ETHUSDT": 3000, "mt5:XAUUSD": 4000}


class Walk:
    """Writes one scenario: what is open, and what happens to it."""

    def __init__(self, seed):
        self.lot = random.Random(seed)
        self.lines = []
        self.symbols = ["BTCUSDT"] + self.lot.sample(["ETHUSDT", "mt5:XAUUSD"], self.lot.randint(0, 2))
        self.next_ticket = 1
        self.enabled = []
        self.quiet = set()
        self.killing = False

    def say(self, text):
        self.lines.append(text)

    def ask(self, **question):
        """May be refused: a clock that stands lets things wait."""
        self.say("ASK " + json.dumps(question))

    def plain(self, symbol):
        return symbol.split(":")[-1]

    def begin(self):
        lot = self.lot
        if lot.random() < 0.8:
            self.say("SET dtms.mode=execute")
        if lot.random() < 0.5:
            self.say("SET mt5.aliases=XAUUSD=sim:BTCUSDT")
        self.say("SYMBOLS " + " ".join(self.symbols))
        for symbol in self.symbols:
            price = PRICES[symbol]
            wave = lot.choice(["", " 0.002 3h", " 0.004 7h"])
            self.say(f"HISTORY {self.plain(symbol)} {lot.choice([1, 3])} {price}{wave}")
            self.say(f"SPREAD {self.plain(symbol)} {price * 0.00004:.2f}")
        self.say("EVERY " + lot.choice(["10s", "7s", "15s"]))
        self.say("START")
        self.say("BROKER stops")
        self.say("AT +70s")
        if lot.random() < 0.7:
            for source in ("sim", "mt5"):
                self.say(f"ACCOUNT 1 {lot.choice([3000, 100000])} {source}")
        for symbol in self.symbols:
            self.say(f"TERMS {self.plain(symbol)} 0.01 0.01 {PRICES[symbol] * 0.0001:.2f}")
            self.wander(symbol)

    def wander(self, symbol):
        share = self.lot.choice([0.0002, 0.0004, 0.0008])
        self.say(f"WANDER {self.plain(symbol)} {share} {self.lot.randint(1, 10**6)}")
        self.say(f"BUYS {self.plain(symbol)} {self.lot.choice([0, 0.2, 0.5, 0.8, 1])}")

    def open(self):
        symbol = self.lot.choice(self.symbols)
        price, side = PRICES[symbol], self.lot.choice(["BUY", "SELL"])
        stop = price * (0.97 if side == "BUY" else 1.03)
        stop = self.lot.choice(["", f" sl {stop:.2f}"])
        volume = self.lot.choice([1, 0.5, 0.03, 0.01])
        self.say(f"POSITION open {self.next_ticket} {self.plain(symbol)} {side} {volume} {price}{stop}")
        self.next_ticket += 1

    def enable(self):
        symbol = self.lot.choice(self.symbols)
        self.ask(command="dtms-enable", ticket=self.next_ticket, symbol=self.plain(symbol),
                 direction=self.lot.choice(["BUY", "SELL"]), entry_price=str(PRICES[symbol]), volume="1")
        self.enabled.append(self.next_ticket)
        self.next_ticket += 1
        self.say("AT +40s")

    def disable(self):
        if self.enabled:
            self.ask(command="dtms-disable", ticket=self.enabled.pop())
            self.say("AT +40s")

    def switch(self):
        self.say("OFF")
        self.say(f"AT +{self.lot.choice([5, 50, 700])}s")
        self.say("ON")

    def hush(self):
        symbol = self.plain(self.lot.choice(self.symbols))
        loud = symbol in self.quiet
        self.say(f"{'LOUD' if loud else 'QUIET'} {symbol}")
        (self.quiet.discard if loud else self.quiet.add)(symbol)

    def kill(self):
        if self.killing:
            self.say("KILL NEVER")
        self.say(self.lot.choice(["KILL", f"KILL EVERY {self.lot.randint(60, 900)}"]))
        self.killing = self.lines[-1] != "KILL"

    def jump(self):
        self.say(f"JUMP {self.lot.choice(['40s', '7m', '25m', '100m', '5h'])}")

    def spread(self):
        symbol = self.lot.choice(self.symbols)
        self.say(f"SPREAD {self.plain(symbol)} {PRICES[symbol] * self.lot.choice([0.00004, 0.0004]):.2f}")

    def happen(self):
        what = self.lot.choices(
            [self.open, self.enable, self.disable, self.switch, self.hush, self.kill, self.jump,
             self.spread, lambda: self.wander(self.lot.choice(self.symbols))],
            weights=[5, 2, 1, 1, 2, 3, 2, 1, 4])[0]
        what()
        self.say(f"AT +{self.lot.choice([3, 33, 300, 900, 2500])}s")

    def end(self):
        if self.killing:
            self.say("KILL NEVER")
        self.say("EXPECT same")
        self.say(f"EXPECT same from {self.lot.randint(60, 8 * 3600)}s")
        self.say("EXPECT same twice")

    def text(self):
        self.begin()
        for _ in range(self.lot.randint(10, 30)):
            self.happen()
        self.end()
        return "\n".join(self.lines) + "\n"


def play(seed, player, folder):
    path = os.path.join(folder, f"seed_{seed}.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(Walk(seed).text())
    done = subprocess.run([player, path], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        print(f"not ok seed {seed}\n{done.stdout}{done.stderr}")
    else:
        os.unlink(path)
    return done.returncode == 0


def main():
    first, last, player = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    folder = tempfile.mkdtemp(prefix="watch-seeds.")
    kept = [play(seed, player, folder) for seed in range(first, last + 1)]
    print(f"{sum(kept)} kept, {len(kept) - sum(kept)} broken" + ("" if all(kept) else f": {folder}"))
    if all(kept):
        os.rmdir(folder)
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
