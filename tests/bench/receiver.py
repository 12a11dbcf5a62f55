"""What a Python programmer would write: asyncio, json and sqlite3.

usage: receiver.py DATABASE
Listens on a free port of the loopback, whose number is its first line, and stores what one
terminal sends: a transaction a line, acknowledged behind its commit.  At the terminal's end prints
one line of JSON.  It is given good conditions: WAL, synchronous=NORMAL, the same key as tickd's
table (so that the same tick twice is one row and ranges can be read), and neither candles nor
watermarks nor checks of anything.
"""
import asyncio
import json
import sqlite3
import sys
import time

LINE_MAX = 256 * 1024


def open_database(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("CREATE TABLE ticks(symbol TEXT, time_ms INTEGER, place INTEGER, bid REAL,"
                       " ask REAL, last REAL, volume REAL, flags INTEGER,"
                       " PRIMARY KEY(symbol, time_ms, place)) WITHOUT ROWID")
    return connection


def rows(message):
    symbol, place, before = message["symbol"], message["first"] - 1, message["ticks"][0][0]
    for time_ms, bid, ask, last, volume, flags in message["ticks"]:
        place = place + 1 if time_ms == before else 0
        before = time_ms
        yield symbol, time_ms, place, float(bid), float(ask), float(last), float(volume), flags


class Receiver:
    def __init__(self, database):
        self.connection = open_database(database)
        self.done = asyncio.Event()

    def store(self, message):
        self.connection.execute("BEGIN")
        self.connection.executemany("INSERT OR IGNORE INTO ticks VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                                    rows(message))
        self.connection.execute("COMMIT")

    async def serve(self, reader, writer):
        while line := await reader.readline():
            message = json.loads(line)
            if message["type"] == "ticks":
                self.store(message)
                answer = {"type": "ack", "symbol": message["symbol"], "seq": message["seq"]}
            else:
                answer = {"type": "welcome", "version": 1, "resume": {}}
            writer.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
            await writer.drain()
        writer.close()
        self.done.set()


async def receive(database):
    receiver = Receiver(database)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, limit=LINE_MAX)
    print(server.sockets[0].getsockname()[1], flush=True)
    await receiver.done.wait()
    stored = receiver.connection.execute("SELECT count(*) FROM ticks").fetchone()[0]
    print(json.dumps({"ticks": stored, "cpu_seconds": time.process_time()}))


if __name__ == "__main__":
    asyncio.run(receive(sys.argv[1]))
