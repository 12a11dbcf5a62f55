"""A broker's account on paper: positions, orders that are carried out, tokens that are marked for good."""

DONE, REJECTED, UNKNOWN = 10009, 10006, 10012
REPEATABLE = (10004, 10018, 10020, 10021, 10024)


class Venue:
    """What a real account keeps over every restart of the terminal and of tickd."""

    def __init__(self, balance=10_000.0):
        self.positions, self.closed, self.marks = {}, [], {}
        self.balance, self.next_ticket, self.seq = balance, 1000, 0
        self.ordered = []  # (action_id, order), each that was really carried out

    def open(self, symbol, direction, volume, price, time_msc, sl="0", tp="0", comment=""):
        self.next_ticket += 1
        self.positions[self.next_ticket] = {
            "ticket": self.next_ticket, "symbol": symbol, "type": direction, "volume": volume,
            "price_open": price, "sl": sl, "tp": tp, "price_current": price, "profit": "0",
            "time_msc": time_msc, "magic": 0, "comment": comment}
        return self.next_ticket

    def close(self, ticket, price, time_msc, reason="client"):
        del self.positions[ticket]
        self.closed.append({"type": "closed", "ticket": ticket, "time_msc": time_msc,
                            "price": price, "profit": "-1.50", "reason": reason})
        return self.closed[-1]

    def report(self, complete=True):
        self.seq += 1
        return {"type": "positions", "seq": self.seq, "complete": complete,
                "positions": list(self.positions.values())}

    def account(self):
        return {"type": "account", "balance": f"{self.balance:.2f}",
                "equity": f"{self.balance:.2f}"}

    # ---- orders ----

    def answer(self, action, price, time_msc, retcode=DONE, executed=0):
        """Carries an action out at most once, as the protocol asks; the result's message.

        A retcode other than DONE is what the order behind `executed` ones gets.
        """
        token = action["token"]
        if token in self.marks:
            return self.result(action, self.marks[token])
        if action["check"]:
            return self.result(action, 0)
        if time_msc // 1000 > action["expires"]:
            return self.result(action, 1)
        self.marks[token] = UNKNOWN
        orders = action["orders"] if retcode == DONE else action["orders"][:executed]
        for order in orders:
            self.ordered.append((action["action_id"], order))
            self.carry_out(action, order, price, time_msc)
        if retcode in REPEATABLE and orders:
            retcode = REJECTED
        self.marks[token] = retcode
        if retcode in REPEATABLE:
            del self.marks[token]  # nothing was ordered, and it may be later
        return self.result(action, retcode)

    def carry_out(self, action, order, price, time_msc):
        if order["do"] == "modify":
            self.positions[order["ticket"]]["sl"] = order["sl"]
        elif order["do"] == "open":
            self.open(action["symbol"], order["direction"], order["volume"], price, time_msc,
                      sl=order["sl"], comment=action["token"])
        else:
            left = float(self.positions[order["ticket"]]["volume"]) - float(order["volume"])
            if left > 1e-9:
                self.positions[order["ticket"]]["volume"] = f"{left:.2f}"
            else:
                self.close(order["ticket"], price, time_msc, "expert")

    @staticmethod
    def result(action, retcode):
        return {"type": "result", "action_id": action["action_id"], "retcode": retcode,
                "ticket": action["ticket"], "comment": "as told"}
