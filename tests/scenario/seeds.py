#!/usr/bin/python3
"""Scenarios by lot: seeds.py FIRST LAST PLAYER.  Whatever happens to feed, REST, disk and clock, in
whatever order, in the end every trade is stored once.  A script that fails is kept and named."""
import pathlib
import random
import subprocess
import sys
import tempfile

NAMES = ["BTCUSDT", "ETHUSDT", "BNBUSDT"]
PAUSES = ["1ms", "20ms", "100ms", "700ms", "2s", "7s", "21s", "70s", "200s"]
REST = ["ok", "ok", "dead", "garbled", "lag 3s", "lag 20s", "lag 0", "status 500 times 3",
        "status 429 retry 20", "status 418 retry 130", "status 400 times 2", "status 451 times 1",
        "refuse {symbol} 400 -1100", "refuse {symbol} 0 0"]


def happenings(dice, symbol):
    """What may happen, and how often."""
    return [
        (14, f"CUT {dice.choice(['all', '1', '2', '3', '4', '5', '6'])}"),
        (12, f"SHUTDOWN {dice.choice(['all', '1', '2', '3'])}"),
        (10, f"LOSE {symbol} {dice.randint(1, 60)} {dice.choice(['1ms', '10ms', '200ms'])}"),
        (6, f"DROP {symbol}"), (8, f"HEAR {symbol}"), (3, f"MUTE {symbol}"),
        (11, "REST " + dice.choice(REST).format(symbol=symbol)),
        (4, "DISK broken"), (6, "DISK well"),
        (5, f"CLOCK jump {dice.choice(['1h', '-1h', '-2d', '1d', '3s', '-3s'])}"),
        (7, dice.choice(["KILL", "RESTART"])),
        (4, f"SLOW {dice.randint(1, 5)} {dice.choice(['100ms', '800ms', '3s', '8s'])}"),
        (3, "REFUSE"), (5, "ACCEPT"), (2, "# nothing"),
    ]


def script(seed):
    dice = random.Random(seed)
    symbols = NAMES[:dice.choice([1, 1, 2, 3])]
    lines = ["SET binance.symbols=" + ",".join(symbols),
             f"SET binance.symbol_silence={dice.choice(['10s', '30s', '60s', '0'])}",
             f"SET binance.silence={dice.choice(['20s', '60s'])}"]
    lines += dice.sample(["SET binance.streams=aggTrade", "SET binance.history=2h", "REST limit 1200",
                          f"SET binance.rotate_at=14:{dice.randint(45, 59)}"], dice.randint(0, 2))
    for symbol in symbols:
        if dice.random() < 0.5:
            lines.append(f"PAST {symbol} {dice.randint(10, 3000)} {dice.choice(['1s', '300ms'])}")
        lines.append(f"TRAFFIC {symbol} {dice.choice(['20ms', '50ms', '200ms', '1s', '3s'])}")
    lines.append("START")
    for _ in range(dice.randint(10, 45)):
        weights, texts = zip(*happenings(dice, dice.choice(symbols)))
        lines += [dice.choices(texts, weights)[0], "AT +" + dice.choice(PAUSES)]
    lines += ["SLOW 0 0", "REST ok", "REST lag 0", "DISK well", "ACCEPT"]
    for symbol in symbols:
        lines += [f"HEAR {symbol}", f"REST refuse {symbol} 0 0"]
    lines += ["AT +25m", "CUT all", "AT +5m", "EXPECT whole", "EXPECT connections = 1",
              "EXPECT healthy = 1"]
    lines += [f"EXPECT unfillable {symbol} = 0" for symbol in symbols]
    return "\n".join(lines) + "\n"


def main():
    first, last, player = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="seeds."))
    failed = 0
    for seed in range(first, last + 1):
        file = folder / f"seed_{seed}.txt"
        file.write_text(script(seed))
        told = subprocess.run([player, file], capture_output=True, text=True, check=False)
        if told.returncode == 0:
            file.unlink()
        else:
            failed += 1
            print(told.stdout + told.stderr, end="")
    if failed == 0:
        folder.rmdir()
    print(f"seeds {first} to {last}: {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
