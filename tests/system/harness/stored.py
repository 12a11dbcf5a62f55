"""What is stored, read with a read-only connection of Python's own sqlite3."""
import sqlite3

TICK_COLUMNS = "tick_id, time_us, price_e8, volume_e8, bid_e8, ask_e8, flags & 5"
CANDLE_COLUMNS = ("open_time_us, open_e8, high_e8, low_e8, close_e8, volume, quote_volume,"
                  " taker_buy_volume, trades, first_tick_id, last_tick_id, complete")


def connect(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)


def rows(path, sql, *arguments):
    """All rows of one query; [] while the database or its tables do not exist yet."""
    if not path.exists():
        return []
    connection = connect(path)
    try:
        return connection.execute(sql, arguments).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error) or "unable to open" in str(error):
            return []
        raise
    finally:
        connection.close()


def value(path, sql, *arguments):
    found = rows(path, sql, *arguments)
    return found[0][0] if found else None


def trades(path, symbol):
    return rows(path, f"SELECT {TICK_COLUMNS} FROM unified_ticks JOIN symbols USING (symbol_id)"
                " WHERE symbol = ? AND flags & 1 ORDER BY tick_id", symbol)


def candles(path, symbol):
    return rows(path, f"SELECT {CANDLE_COLUMNS} FROM m5_candles JOIN symbols USING (symbol_id)"
                " WHERE symbol = ? ORDER BY open_time_us", symbol)


def trade_count(path, symbol=None):
    return value(path, "SELECT count(*) FROM unified_ticks JOIN symbols USING (symbol_id)"
                 " WHERE flags & 1 AND (? IS NULL OR symbol = ?)", symbol, symbol) or 0


def gaps(path):
    """(symbol, first_id, last_id, state, reason), oldest first."""
    return rows(path, "SELECT symbol, g.first_id, g.last_id, state, reason FROM feed_gaps g"
                " JOIN symbols USING (symbol_id) ORDER BY gap_id")


def integrity(path):
    return value(path, "PRAGMA integrity_check")
