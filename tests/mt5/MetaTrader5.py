"""Stands in for the package MetaTrader5: a broker on paper, for mt5/trading_bridge.py.

The folder MT5_STATE has `plan.json`, of which all may be left out: offset, seconds, rate, seed (ticks
are 30 seconds old at first), fail_ticks (every Nth reading gives None), no_positions (of the first N
readings), position, closed_after (seconds), orders {"1": "late"|"lost"|"requote"|"closed"|
"partial"|"kill_before"|"kill_after"}.  What the broker executed is kept there in `orders`, each call
of order_send() in `sends`; when it all began in `epoch`.
"""
import json
import os
import pathlib
import random
import signal
import time
from types import SimpleNamespace as Row

COPY_TICKS_ALL, TIMEFRAME_M5, DEAL_ENTRY_IN, DEAL_ENTRY_OUT = -1, 5, 0, 1
TRADE_ACTION_DEAL, TRADE_ACTION_SLTP = 1, 6
SYMBOLS = {"EURUSD": 5, "XAUUSD": 2}
STATE = pathlib.Path(os.environ.get("MT5_STATE", "."))
CALLS = {}


def plan(name, otherwise=None):
    path = STATE / "plan.json"
    return (json.loads(path.read_text()) if path.exists() else {}).get(name, otherwise)


def counted(name):
    CALLS[name] = CALLS.get(name, 0) + 1
    return CALLS[name]


def epoch():
    path = STATE / "epoch"
    if not path.exists():
        path.write_text(repr(time.time()))
    return float(path.read_text())


def server(utc):
    return int(round(utc * 1000)) + plan("offset", 10800) * 1000


def ticks(name):
    """All that there will ever be, ascending; some share a millisecond."""
    chance, found = random.Random(f"{plan('seed', 1)} {name}"), []
    digits, at = SYMBOLS[name], server(epoch()) - 30_000
    points, end = 110_000, server(epoch()) + plan("seconds", 8) * 1000
    while at < end:
        if chance.random() < 0.7:
            at += 1 + chance.randrange(2000 // plan("rate", 50))
        points += chance.randrange(-3, 4)
        bid, deal = points / 10**digits, chance.random() < 0.2
        empty = chance.random() < 0.02
        found.append({"time": at // 1000, "time_msc": at, "bid": 0.0 if empty else bid,
                      "ask": 0.0 if empty else (points + 2) / 10**digits,
                      "last": bid if deal else 0.0, "volume_real": 0.25 if deal else 0.0,
                      "flags": 6 | (24 if deal else 0) | (128 if chance.random() < 0.1 else 0)})
    return found


KEPT = {}


def seen(name):
    if name not in KEPT:
        KEPT[name] = ticks(name)
    now = server(time.time())
    return [row for row in KEPT[name] if row["time_msc"] <= now]


def initialize(*_):
    return True


def last_error():
    return (1, "Success")


def terminal_info():
    return Row(connected=True, trade_allowed=True)


def account_info():
    return Row(login=1234567, server="Broker-Demo", margin_mode=2, currency="USD", balance=10000.0,
               equity=10000.0)


def symbols_get():
    return [Row(name=name, visible=True) for name in (*SYMBOLS,)] + [Row(name="USDJPY", visible=False)]


def symbol_select(name, _):
    return name in SYMBOLS


def symbol_info(name):
    digits = SYMBOLS[name]
    return Row(digits=digits, point=10**-digits, volume_min=0.01, volume_max=50.0, volume_step=0.01,
               trade_tick_size=10**-digits, trade_tick_value=1.0, trade_stops_level=10,
               trade_freeze_level=0, filling_mode=3)


def symbol_info_tick(name):
    rows = [row for row in seen(name) if row["bid"]]
    return Row(**rows[-1]) if rows else None


def copy_ticks_range(name, first, last, flags):
    assert flags == COPY_TICKS_ALL and isinstance(first, int) and isinstance(last, int)
    every = plan("fail_ticks", 0)
    if every and counted("ticks") % every == 0:
        return None
    return [row for row in seen(name) if first * 1000 <= row["time_msc"] <= last * 1000]


def copy_rates_range(name, _, first, last):
    end = server(epoch()) // 300_000 * 300
    return [{"time": at, "open": 1.1, "high": 1.1, "low": 1.1, "close": 1.1 + (at // 300 % 3) / 1e4,
             "tick_volume": 7, "spread": 2, "real_volume": 0}
            for at in range(end - 1500 * 300, end, 300) if first <= at <= last]


# ---- positions, deals, orders ----

def events():
    """(UTC, what): what the plan says and what was executed, as far as it has happened."""
    found, one = [], plan("position")
    if one:
        found.append((epoch() - 60, {"do": "open", "position": one, "volume": 0.1, "type": 0,
                                     "price": 1.1, "sl": 1.09, "comment": "mine", "deal": 1}))
    if plan("closed_after") is not None:
        found.append((epoch() + plan("closed_after"), {"do": "close", "position": one, "volume": 0.1,
                                                       "price": 1.09, "reason": 4, "deal": 2}))
    path = STATE / "orders"
    if path.exists():
        found += [tuple(json.loads(line)) for line in path.read_text().splitlines()]
    return sorted((row for row in found if row[0] <= time.time()), key=lambda row: row[0])


def account_now():
    """(positions by ticket, deals)."""
    held, deals = {}, []
    for utc, what in events():
        of = held.get(what["position"])
        if what["do"] == "open":
            held[what["position"]] = Row(
                ticket=what["position"], symbol="EURUSD", type=what["type"], volume=what["volume"],
                price_open=what["price"], sl=what["sl"], tp=1.2, time_msc=server(utc), magic=0,
                comment=what["comment"])
        elif what["do"] == "sltp" and of:
            of.sl, of.tp = what["sl"], what["tp"]
        elif what["do"] == "close" and of:
            of.volume = round(of.volume - what["volume"], 8)
            if of.volume <= 0:
                del held[of.ticket]
        if what["do"] != "sltp":
            deals.append(Row(
                ticket=what["deal"], order=what["deal"], position_id=what["position"],
                entry=int(what["do"] == "close"), volume=what["volume"], price=what["price"],
                profit=-100.0 if what["do"] == "close" else 0.0, swap=0.0, commission=-0.5,
                time_msc=server(utc), time=server(utc) // 1000, reason=what.get("reason", 3),
                comment=what.get("comment", "")))
    return held, deals


def positions_get(ticket=None):
    if ticket is None and counted("positions") <= plan("no_positions", 0):
        return ()
    held = account_now()[0]
    return tuple(one for one in held.values() if ticket in (None, one.ticket))


def history_deals_get(first=None, last=None, position=None, ticket=None):
    return tuple(deal for deal in account_now()[1]
                 if position in (None, deal.position_id) and ticket in (None, deal.order)
                 and (first is None or first <= deal.time <= last))


def order_send(request):
    with open(STATE / "sends", "a", encoding="utf-8") as file:
        file.write(json.dumps(request) + "\n")
    number = len((STATE / "sends").read_text().splitlines())
    what = plan("orders", {}).get(str(number), "")
    if what == "kill_before":
        os.kill(os.getpid(), signal.SIGKILL)
    refused = {"requote": 10004, "closed": 10018, "lost": 10012}.get(what)
    if refused:
        return Row(retcode=refused, deal=0, order=0, volume=0.0, price=0.0, comment=what)
    volume = 0.03 if what == "partial" else request.get("volume", 0.0)
    kind = ("sltp" if request["action"] == TRADE_ACTION_SLTP else
            "close" if "position" in request else "open")
    row = {"do": kind, "position": request.get("position", 1000 + number), "volume": volume,
           "type": request.get("type", 0), "price": request.get("price", 0.0),
           "sl": request.get("sl", 0.0), "tp": request.get("tp", 0.0), "deal": 5000 + number,
           "comment": request["comment"]}
    with open(STATE / "orders", "a", encoding="utf-8") as file:
        file.write(json.dumps([time.time() + (1 if what == "late" else 0), row]) + "\n")
    if what == "kill_after":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "late":
        return Row(retcode=10012, deal=0, order=0, volume=0.0, price=0.0, comment="")
    return Row(retcode=10010 if what == "partial" else 10009, deal=5000 + number, order=5000 + number,
               volume=volume, price=row["price"], comment="")
