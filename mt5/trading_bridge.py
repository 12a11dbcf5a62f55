#!/usr/bin/env python3
"""The bridge between a MetaTrader 5 terminal and tickd, for those who prefer the official Python
package `MetaTrader5` (Windows or Wine) to the service TradingBridge.mq5.  It says the same:
doc/mt5_protocol.md.  Nothing else is needed but that package.

What the package lacks: it has no clock of the trade server, so nothing is said before a first new
price has shown what the clock is; and no global variables, so the marks of actions are lines of a
file.  Give each terminal's bridge a file of its own and keep it.
"""
import argparse
import json
import os
import select
import socket
import ssl
import sys
import time

import MetaTrader5 as mt5

LINES_MOST, TICKS_MOST, LINE_MOST, SYMBOLS_MOST, BARS_MOST = 64, 2500, 240_000, 1000, 1000
SLICE_S, SLICE_MOST_S = 60, 3600  # after an absence all symbols go forward together by this
EVERY, SILENCE, GONE = 10, 30, 60  # seconds
NOT_ORDERED, EXPIRED, BEGUN = 0, 1, 2  # retcodes of our own; a mark: orders may be out
DONE = (10008, 10009, 10010, 10025)
REQUOTES = (10004, 10020, 10021)
WAITING = (*REQUOTES, 10018, 10024, EXPIRED)  # nothing was ordered, but may be later
UNKNOWN = (10011, 10012, 10028, 10031)  # nobody knows
WAIT_LONGER = ("token", "refused", "account", "version", "replaced", "bad-message")
REASONS = {0: "client", 1: "mobile", 2: "web", 3: "expert", 4: "sl", 5: "tp", 6: "so"}
TINY = 5e-9


class Over(Exception):
    """The connection is over, and why."""


def decimal(value, digits=8):
    return f"{value:.{min(digits, 8)}f}" if value else "0"


class Marks:
    """The last retcode of each action, on disk before its first order: `TOKEN RETCODE` lines."""

    def __init__(self, path):
        self.path, self.of = path, {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                words = [line.split() for line in file if line.endswith("\n")]
            self.of = {token: int(retcode) for token, retcode in words}

    def set(self, token, retcode):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(f"{token} {retcode}\n")
            file.flush()
            os.fsync(file.fileno())
        self.of[token] = retcode


class Clock:
    """The trade server's clock, by prices that are new; the newest of a minute is the least late."""

    def __init__(self):
        self.newest, self.measured = {}, []

    def look(self, names):
        now = time.time()
        for name in names:
            tick = mt5.symbol_info_tick(name)
            if tick is None:
                continue
            if self.newest.get(name, tick.time_msc) < tick.time_msc:
                self.measured.append((now, round((tick.time_msc / 1000 - now) / 900) * 900))
            self.newest[name] = tick.time_msc
        self.measured = [one for one in self.measured if one[0] > now - 60] or self.measured[-1:]
        return bool(self.measured)

    def server(self):
        return int(time.time()) + max(offset for _, offset in self.measured)

    def both(self):
        return {"time_server": self.server(), "time_gmt": int(time.time())}


class Instrument:
    def __init__(self, name, begin_s):
        self.name, self.digits = name, mt5.symbol_info(name).digits
        self.mark = (begin_s * 1000, 0)  # sent: all before that millisecond, and so many of it
        self.scanned, self.from_msc, self.proven = begin_s, begin_s * 1000, True
        self.seq = self.acked = self.failures = 0
        self.bars_from, self.bars_seen, self.bars_due = None, None, 0.0

    def resume(self, mark):
        self.mark = (mark["time_msc"], mark["count_in_ms"])
        self.scanned, self.from_msc, self.proven = mark["time_msc"] // 1000, None, False


class Bridge:
    def __init__(self, options):
        self.options, self.marks, self.clock = options, Marks(options.marks), Clock()
        self.results, self.backoff, self.line = {}, 1, None

    # ---- the connection ----

    def names(self):
        if self.options.symbols:
            chosen = [name.strip() for name in self.options.symbols.split(",")]
        else:
            chosen = [one.name for one in mt5.symbols_get() if one.visible]
        held = [one.symbol for one in mt5.positions_get() or ()]
        return [name for name in dict.fromkeys(held + chosen)
                if mt5.symbol_select(name, True)][:SYMBOLS_MOST]

    @staticmethod
    def symbol(name):
        one = mt5.symbol_info(name)
        numbers = {"point": one.point, "volume_min": one.volume_min, "volume_max": one.volume_max,
                   "volume_step": one.volume_step, "tick_size": one.trade_tick_size,
                   "tick_value": one.trade_tick_value}
        return {"name": name, "digits": one.digits, "stops_level": one.trade_stops_level,
                "freeze_level": one.trade_freeze_level,
                **{key: decimal(max(value, 1e-8)) for key, value in numbers.items()}}

    def connect(self, names):
        account = mt5.account_info()
        mode = {2: "hedging", 1: "exchange"}.get(account.margin_mode, "netting")
        self.login, self.first_bar = account.login, self.clock.server() // 300 * 300
        self.symbols = {name: Instrument(name, self.first_bar) for name in names}
        self.welcome, self.left, self.outstanding, self.slice = False, b"", 0, SLICE_S
        self.held, self.missing, self.reported, self.reports = set(), None, None, 0
        self.balance, self.due = None, {"ping": 0, "positions": 0, "account": 0}
        self.asked, self.turn_of = time.monotonic(), 0
        self.line = socket.create_connection((self.options.host, self.options.port), timeout=10)
        if self.options.tls:
            context = ssl.create_default_context(cafile=self.options.ca)
            self.line = context.wrap_socket(self.line, server_hostname=self.options.host)
        self.say("hello", version=1, token=self.options.token, account=account.login,
                 server=account.server, margin_mode=mode, currency=account.currency,
                 **self.clock.both(), symbols=[self.symbol(name) for name in names])

    def say(self, kind, **members):
        text = json.dumps({"type": kind, **members}, separators=(",", ":"), ensure_ascii=False)
        self.line.sendall(text.encode() + b"\n")

    def receive(self, wait):
        pending = self.options.tls and self.line.pending()
        if not pending and not select.select([self.line], [], [], wait)[0]:
            return
        data = self.line.recv(65536)
        if not data:
            raise Over("the connection was closed")
        self.asked = None
        *lines, self.left = (self.left + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if isinstance(message, dict):
                getattr(self, f"on_{message.get('type')}", lambda message: None)(message)

    # ---- what tickd says ----

    def on_welcome(self, message):
        for name, one in self.symbols.items():
            if name in message["resume"]:
                one.resume(message["resume"][name])
            one.bars_from = message["bars"].get(name)
        self.held, self.welcome, self.backoff = set(message["open"]), True, 1
        print("connected,", len(self.symbols), "symbols,", message["mode"], flush=True)

    def on_ack(self, message):
        one = self.symbols.get(message["symbol"])
        if one and one.acked < message["seq"] <= one.seq:
            self.outstanding -= message["seq"] - one.acked
            one.acked = message["seq"]

    def on_error(self, message):
        print("tickd says", f"{message['code']}:", message["message"], flush=True)
        if message["code"] in WAIT_LONGER:
            self.backoff = 60

    def on_action(self, message):
        self.say("result", **{**self.decide(message), "action_id": message["action_id"]})

    # ---- ticks and bars ----

    def send_ticks(self, one, until, now):
        found = mt5.copy_ticks_range(one.name, one.mark[0] // 1000, until, mt5.COPY_TICKS_ALL)
        one.failures += 1
        if found is None:
            return  # not a step further
        one.failures = 0
        rows = [row for row in found if row["time_msc"] >= one.mark[0]]
        same = sum(row["time_msc"] == one.mark[0] for row in rows[:one.mark[1]])
        if rows and not one.proven and same == 0:
            one.from_msc = int(rows[0]["time_msc"])  # the history begins later
        one.proven = one.proven or bool(rows)
        rows = rows[same:]
        if rows:
            self.slice = SLICE_S
        while rows and self.outstanding < LINES_MOST:
            now_said, rows = rows[:TICKS_MOST], rows[TICKS_MOST:]
            self.send_ticks_line(one, now_said)
        if not rows:
            one.scanned = min(until, now)

    def send_ticks_line(self, one, rows):
        first = one.mark[1] if rows[0]["time_msc"] == one.mark[0] else 0
        ticks = []
        for row in rows:
            ms = int(row["time_msc"])
            one.mark = (ms, one.mark[1] + 1 if ms == one.mark[0] else 1)
            ticks.append([ms, decimal(row["bid"], one.digits), decimal(row["ask"], one.digits),
                          decimal(row["last"], one.digits), decimal(row["volume_real"]),
                          int(row["flags"])])
        more = {} if one.from_msc is None else {"from_msc": one.from_msc}
        one.seq, one.from_msc = one.seq + 1, None
        self.outstanding += 1
        self.say("ticks", symbol=one.name, seq=one.seq, first=first, **self.clock.both(), **more,
                 ticks=ticks)

    def pump_ticks(self):
        """None gets more than a slice ahead of the slowest; who had to wait comes first."""
        now, every = self.clock.server(), list(self.symbols.values())
        slowest = min([one.scanned for one in every if one.failures < 500] + [now])
        step = self.slice
        if self.outstanding == 0:
            self.slice = min(2 * step, SLICE_MOST_S)
        for _ in every:
            if self.outstanding >= LINES_MOST:
                break
            self.turn_of = (self.turn_of + 1) % len(every)
            one = every[self.turn_of]
            until = min(slowest, one.scanned) + step
            if until >= now:
                until = now + SLICE_MOST_S
            if one.scanned < until:
                self.send_ticks(one, until, now)

    def pump_bars(self, now):
        """Once two readings agree: while the terminal loads them there come more and more."""
        for one in self.symbols.values():
            if one.bars_from is None or now < one.bars_due:
                continue
            found = mt5.copy_rates_range(one.name, mt5.TIMEFRAME_M5, one.bars_from,
                                         self.first_bar - 1)
            count = -1 if found is None else len(found)
            if count < 0 or count != one.bars_seen:
                one.bars_seen, one.bars_due = count, now + (EVERY if count < 0 else EVERY / 5)
                continue
            one.bars_from, bars = None, [self.bar(one, row) for row in found]
            for at in range(0, max(count, 1), BARS_MOST):
                self.say("bars", symbol=one.name, timeframe="M5", last=at + BARS_MOST >= count,
                         bars=bars[at:at + BARS_MOST])

    @staticmethod
    def bar(one, row):
        prices = [row[key] for key in ("open", "high", "low", "close")]
        prices[1], prices[2] = max(prices), min(prices)  # brokers err
        return [int(row["time"]), *(decimal(price, one.digits) for price in prices),
                *(int(row[key]) for key in ("tick_volume", "spread", "real_volume"))]

    # ---- positions and the account ----

    def pump_positions(self, now):
        """Where a position is missing and no deal says why, the report is not complete."""
        found, info = mt5.positions_get(), mt5.terminal_info()
        whole, told = found is not None and info is not None and info.connected, True
        if any(one.symbol not in self.symbols for one in found or ()):
            raise Over("a new symbol is held")
        here = {one.ticket for one in found or ()}
        for ticket in sorted(self.held - here):
            self.missing = self.missing or now
            if not whole or not self.say_closed(ticket, now):
                here.add(ticket)
                told = False
        self.held = here
        if not whole or told:
            self.missing = None
        rows = [{"ticket": one.ticket, "symbol": one.symbol, "type": "sell" if one.type else "buy",
                 "time_msc": one.time_msc, "magic": one.magic, "comment": one.comment,
                 **{key: decimal(getattr(one, key))
                    for key in ("volume", "price_open", "sl", "tp")}} for one in found or ()]
        if (rows, whole and told) == self.reported and now < self.due["positions"]:
            return
        self.reported, self.due["positions"] = (rows, whole and told), now + EVERY
        self.reports += 1
        self.say("positions", seq=self.reports, complete=bool(whole and told), positions=rows)

    def say_closed(self, ticket, now):
        deals = mt5.history_deals_get(position=ticket) or ()
        entered = sum(deal.volume for deal in deals if deal.entry == mt5.DEAL_ENTRY_IN)
        out = [deal for deal in deals if deal.entry != mt5.DEAL_ENTRY_IN]
        if out and sum(deal.volume for deal in out) > entered - TINY:
            profit = sum(deal.profit + deal.swap + deal.commission for deal in deals)
            self.say("closed", ticket=ticket, time_msc=out[-1].time_msc, price=decimal(out[-1].price),
                     profit=f"{profit:.8f}", reason=REASONS.get(out[-1].reason, "other"))
            return True
        if now - self.missing > GONE:
            self.say("closed", ticket=ticket, time_msc=self.clock.server() * 1000, reason="unknown")
            return True
        return False

    def pump_account(self, now):
        account = mt5.account_info()
        if account is None or account.login != self.login:
            raise Over("another account")
        if account.balance != self.balance or now >= self.due["account"]:
            self.balance, self.due["account"] = account.balance, now + EVERY
            self.say("account", balance=f"{account.balance:.8f}", equity=f"{account.equity:.8f}")

    # ---- actions ----

    def decide(self, action):
        """The members of the result: what becomes of it, or became."""
        if action["action_id"] in self.results:
            return self.results[action["action_id"]]
        mark, check, expires = self.marks.of.get(action["token"]), action["check"], action["expires"]
        result = {"retcode": 10012, "ticket": 0}
        found = [self.was_done(action, order, mark is not None, result)
                 for order in action["orders"]]
        info = mt5.terminal_info()
        if found and all(found):
            result["retcode"] = mark if mark in DONE else 10009
        elif mark not in (None, BEGUN) and (check or mark not in WAITING):
            result["retcode"] = mark
        elif mark == BEGUN or any(found):
            result["retcode"] = 10012
        elif check:
            result["retcode"] = NOT_ORDERED
        elif self.clock.server() > expires:
            result["retcode"] = EXPIRED
        elif not self.options.allow_orders or info is None or not info.trade_allowed:
            result["retcode"] = 10027
        elif not info.connected:
            result["retcode"] = 10031
        else:
            self.carry_out(action, result)
        return result

    def carry_out(self, action, result):
        self.marks.set(action["token"], BEGUN)
        done = 0
        for order in action["orders"]:
            result["retcode"], part = self.perform(action, order, result)
            done += part
            if result["retcode"] not in DONE:
                break
        if done and result["retcode"] in WAITING:
            result["retcode"] = 10006  # not again
        if result["retcode"] in UNKNOWN:
            result["retcode"] = 10012
            return
        self.marks.set(action["token"], result["retcode"])
        if result["retcode"] not in WAITING:
            self.results[action["action_id"]] = result

    def perform(self, action, order, result):
        """(retcode, how many requests were executed); a close in parts goes on with the rest."""
        what, request = order["do"], {"symbol": action["symbol"], "comment": action["token"],
                                      "magic": self.options.magic}
        if what == "open":
            request.update(action=mt5.TRADE_ACTION_DEAL, volume=float(order["volume"]),
                           type=int(order["direction"] != "buy"), sl=float(order["sl"]))
            answer = self.request(action, request)
            if answer[0] in DONE:
                self.opened(answer[1], result)
            return answer[0], int(answer[0] in DONE)
        if what not in ("modify", "close"):
            return 10013, 0
        left, parts = float(order.get("volume", 0)), 0
        while parts < 20:
            held = mt5.positions_get(ticket=order["ticket"])
            if not held:
                return (10009 if parts else 10036), parts
            request.update(position=order["ticket"])
            if what == "modify":
                request.update(action=mt5.TRADE_ACTION_SLTP, sl=float(order["sl"]), tp=held[0].tp)
            else:
                request.update(action=mt5.TRADE_ACTION_DEAL, type=1 - held[0].type,
                               volume=round(min(left, held[0].volume), 8))
            retcode, answer = self.request(action, request)
            parts += retcode in DONE
            left = round(left - (answer.volume if answer else 0), 8)
            if retcode != 10010 or left <= 0 or not answer.volume:
                return retcode, parts
        return 10010, parts

    @staticmethod
    def opened(answer, result):
        deals = mt5.history_deals_get(ticket=answer.order) or ()
        result.update(ticket=deals[0].position_id if deals else answer.order,
                      price=decimal(answer.price), volume=decimal(answer.volume))

    def request(self, action, request):
        """(retcode, the package's answer); after a requote again at the present price."""
        info = mt5.symbol_info(request["symbol"])
        if info is None:
            return 10013, None
        size, modes = info.trade_tick_size or info.point, info.filling_mode
        request.update(deviation=self.options.deviation, type_filling=1 if modes & 2 else
                       0 if modes & 1 else 2)
        answer, retcode = None, None
        if "sl" in request:
            request["sl"] = round(round(request["sl"] / size) * size, info.digits)
        for _ in range(3):
            if self.clock.server() > action["expires"]:
                return (EXPIRED if retcode is None else retcode), None
            if request["action"] == mt5.TRADE_ACTION_DEAL:
                tick = mt5.symbol_info_tick(request["symbol"])
                request["price"] = tick.bid if request["type"] else tick.ask
            answer = mt5.order_send(request)
            retcode = answer.retcode if answer else 10012
            if retcode not in REQUOTES:
                break
        return retcode, answer

    def was_done(self, action, order, marked, result):
        """By the comments of deals; of a marked action by what is there now."""
        what, now = order["do"], self.clock.server()
        deals = [deal for deal in mt5.history_deals_get(now - 86400, now + 86400) or ()
                 if deal.comment == action["token"]]
        if what == "open":
            deals = [deal for deal in deals if deal.entry == mt5.DEAL_ENTRY_IN]
            if deals:
                result.update(ticket=deals[0].position_id, price=decimal(deals[0].price),
                              volume=decimal(sum(deal.volume for deal in deals)))
            return bool(deals)
        closed = sum(deal.volume for deal in deals if deal.entry != mt5.DEAL_ENTRY_IN
                     and deal.position_id == order["ticket"])
        if what == "close" and closed > float(order["volume"]) - TINY:
            return True
        info, held = mt5.terminal_info(), mt5.positions_get(ticket=order["ticket"])
        if not marked or info is None or not info.connected or held is None:
            return False
        if what == "close":
            return not held
        return what == "modify" and bool(held) and abs(held[0].sl - float(order["sl"])) < TINY

    # ---- the whole ----

    def turn(self):
        self.receive(self.options.poll / 1000)
        now = time.monotonic()
        if self.asked is not None and time.monotonic() - self.asked > SILENCE:
            raise Over("tickd does not answer")
        if not self.welcome:
            return
        self.clock.look(self.symbols)
        if now >= self.due["ping"]:
            self.due["ping"], self.asked = now + EVERY, self.asked or now
            self.say("ping", **self.clock.both())
        self.pump_account(now)
        self.pump_bars(now)
        self.pump_ticks()
        self.pump_positions(now)

    def run(self):
        while True:
            try:
                names = self.names()
                while not self.clock.look(names):
                    time.sleep(self.options.poll / 1000)
                self.connect(names)
                while True:
                    self.turn()
            except (Over, OSError, ValueError) as why:
                print("connection:", why, flush=True)
            if self.line:
                self.line.close()
            time.sleep(self.backoff)
            self.backoff = min(2 * self.backoff, 30)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9443)
    parser.add_argument("--tls", action="store_true", help="wherever tickd is on another machine")
    parser.add_argument("--ca", help="PEM file of who signed tickd's certificate")
    parser.add_argument("--token-file", required=True, help="its first line is the token")
    parser.add_argument("--symbols", default="", help="by commas; empty: all of Market Watch")
    parser.add_argument("--poll", type=int, default=20, help="milliseconds between two looks")
    parser.add_argument("--allow-orders", action="store_true", help="carry out tickd's actions")
    parser.add_argument("--marks", default="trading_bridge.marks", help="file of what was ordered")
    parser.add_argument("--magic", type=int, default=20240901)
    parser.add_argument("--deviation", type=int, default=20, help="greatest slippage, points")
    parser.add_argument("--terminal", help="path of terminal64.exe")
    options = parser.parse_args()
    with open(options.token_file, encoding="utf-8") as file:
        options.token = file.readline().strip()
    if not (mt5.initialize(options.terminal) if options.terminal else mt5.initialize()):
        sys.exit(f"no terminal: {mt5.last_error()}")
    Bridge(options).run()


if __name__ == "__main__":
    main()
