"""What a Python programmer would write: websockets, json and sqlite3.

usage: recorder.py URL DATABASE TRADES BATCH
Stores so many trades, committing after every BATCH of them; prints one line of JSON. It is given
good conditions: no compression, WAL, synchronous=NORMAL, the same key as tickd's table (so that the
same trade twice is one row and ranges can be read), and neither candles nor checks of anything.
"""
import asyncio
import json
import sqlite3
import sys
import time

import websockets


async def record(url, database, trades, batch):
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("CREATE TABLE ticks(symbol TEXT, time_ms INTEGER, id INTEGER,"
                       " price REAL, volume REAL, sold INTEGER, PRIMARY KEY(symbol, time_ms, id))")
    insert = "INSERT OR IGNORE INTO ticks VALUES(?, ?, ?, ?, ?, ?)"
    count, rows, started, used = 0, [], None, 0
    async with websockets.connect(url, compression=None, max_queue=None) as stream:
        async for frame in stream:
            if started is None:
                started, used = time.monotonic(), time.process_time()
            data = json.loads(frame)["data"]
            rows.append((data["s"], data["T"], data["t"], float(data["p"]), float(data["q"]),
                         data["m"]))
            count += 1
            if len(rows) == batch or count == trades:
                connection.execute("BEGIN")
                connection.executemany(insert, rows)
                connection.execute("COMMIT")
                rows.clear()
            if count == trades:
                break
        seconds, used = time.monotonic() - started, time.process_time() - used
    stored = connection.execute("SELECT count(*) FROM ticks").fetchone()[0]
    print(json.dumps({"trades": stored, "seconds": seconds, "cpu_seconds": used}))


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
