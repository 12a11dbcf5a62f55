"""From frames to rows: what the exchange sent is what is stored, to the last decimal."""
import pytest

from harness import expected, frames, places, stored
from harness.certificates import make_certificate
from harness.exchange import Exchange
from harness.market import Market
from harness.waiting import wait_until

CAPTURED_TRADES = 9757 + 10147
SYMBOLS = ["BTCUSDT", "ETHUSDT", "PEPEUSDT"]


def collect(site, settings, count, timeout=120, symbols="BTCUSDT", **environment):
    """Runs tickd on that market until `count` trades are stored, then stops it."""
    site.set("binance", symbols=symbols, **settings)
    tickd = site.start("tickd", **environment)
    database = site.database("ticks")
    wait_until(lambda: stored.trade_count(database) >= count, timeout, f"{count} trades stored")
    assert tickd.stop() == 0
    return database


def check_symbol(database, symbol, trades):
    """Every trade once, exactly as sent; every candle as computed with Decimal."""
    ids = [trade.trade_id for trade in trades]
    rows = stored.trades(database, symbol)
    assert [row[0] for row in rows] == ids
    assert rows == [trade.row() for trade in trades]
    assert stored.candles(database, symbol) == [c.row() for c in expected.candles_of(trades)]


def check_all(database, trades):
    for symbol, of_symbol in trades.items():
        check_symbol(database, symbol, of_symbol)
    assert stored.gaps(database) == []
    assert stored.integrity(database) == "ok"


def check_golden(database, file):
    golden = [c for c in frames.golden_candles(file) if c["complete"] == 1]
    rows = [row for row in stored.candles(database, "BTCUSDT") if row[-1] == 1]
    assert rows == [
        (int(c["open_time_ms"]) * 1000, expected.e8(c["open"]), expected.e8(c["high"]),
         expected.e8(c["low"]), expected.e8(c["close"]), float(c["volume"]),
         float(c["quote_volume"]), float(c["taker_buy_base"]), int(c["trades"]),
         int(c["first_trade_id"]), int(c["last_trade_id"]), 1)
        for c in golden
    ]
    assert len(rows) == 2


@pytest.fixture
def exchange():
    """Makes Python exchanges that are stopped after the test."""
    running = []

    def start(*arguments, **options):
        running.append(Exchange(*arguments, **options).start())
        return running[-1]

    yield start
    for server in running:
        server.stop()


def preload_clock(seconds):
    library = places.build() / "tests" / "clock_shift_preload.so"
    assert library.exists(), f"{library} is not built (make test-programs)"
    return {"LD_PRELOAD": library, "CLOCK_SHIFT_SECONDS": seconds}


def test_captures_played_by_python_are_stored_once_with_golden_candles(site, captures, exchange):
    sent = frames.captured(captures)
    trades = expected.trades_of(sent)["BTCUSDT"]
    assert len(trades) == CAPTURED_TRADES
    database = collect(site, exchange(sent).settings(), CAPTURED_TRADES)
    check_symbol(database, "BTCUSDT", trades)
    check_golden(database, captures[0].parent / "btcusdt_M5.csv")


def test_captures_played_by_marketsim_are_stored_once_with_golden_candles(site, captures):
    trades = expected.trades_of(frames.captured(captures))["BTCUSDT"]
    market = Market(site, "--capture", *captures, "--speed", "0")
    database = collect(site, market.settings(), CAPTURED_TRADES)
    check_symbol(database, "BTCUSDT", trades)
    check_golden(database, captures[0].parent / "btcusdt_M5.csv")


@pytest.mark.parametrize("days", [-900, 900])
def test_a_wrong_local_clock_changes_no_captured_candle(site, captures, exchange, days):
    sent = frames.captured(captures)
    database = collect(site, exchange(sent).settings(), CAPTURED_TRADES,
                       **preload_clock(days * 86400))
    check_golden(database, captures[0].parent / "btcusdt_M5.csv")


@pytest.mark.asan
def test_generated_trades_of_several_symbols_are_stored_as_they_were_sent(site, exchange):
    sent = frames.generated(1, SYMBOLS, 30_000)
    server = exchange(sent)
    count = sum(len(of_symbol) for of_symbol in server.trades.values())
    database = collect(site, server.settings(), count, symbols=",".join(SYMBOLS))
    check_all(database, server.trades)


@pytest.mark.parametrize("days", [-2000, 2000])
def test_a_wrong_local_clock_changes_no_generated_candle(site, exchange, days):
    server = exchange(frames.generated(2, SYMBOLS, 10_000))
    count = sum(len(of_symbol) for of_symbol in server.trades.values())
    database = collect(site, server.settings(), count, symbols=",".join(SYMBOLS),
                       **preload_clock(days * 86400))
    check_all(database, server.trades)


def test_generated_trades_come_through_tls_as_they_were_sent(site, exchange):
    certificate, key = make_certificate(site.folder, "exchange")
    server = exchange(frames.generated(3, SYMBOLS, 10_000), certificate, key)
    count = sum(len(of_symbol) for of_symbol in server.trades.values())
    database = collect(site, {**server.settings(), "ca_file": certificate}, count,
                       symbols=",".join(SYMBOLS))
    check_all(database, server.trades)


def test_trades_that_are_sent_again_after_a_reconnect_are_stored_once(site, exchange):
    server = exchange(frames.generated(4, SYMBOLS, 20_000), close_after=12_345)
    count = sum(len(of_symbol) for of_symbol in server.trades.values())
    database = collect(site, server.settings(), count, symbols=",".join(SYMBOLS))
    assert server.connections == 2
    check_all(database, server.trades)


def test_a_hole_in_the_ids_is_stored_as_a_gap_and_keeps_its_candle_incomplete(site, exchange):
    sent = frames.generated(5, ["BTCUSDT"], 6_000, quotes=0)
    lost = sent[3000:3010]
    server = exchange(sent[:3000] + sent[3010:])
    database = collect(site, server.settings(), len(sent) - len(lost))
    lost_ids = [trade.trade_id for trade in expected.trades_of(lost)["BTCUSDT"]]
    gaps = stored.gaps(database)
    assert [gap[:3] for gap in gaps] == [("BTCUSDT", lost_ids[0], lost_ids[-1])]
    assert gaps[0][3] != "filled"
    check_symbol(database, "BTCUSDT", server.trades["BTCUSDT"])
    slot_us = expected.trades_of(lost)["BTCUSDT"][0].time_ms // expected.M5_MS * 300_000_000
    complete = {row[0]: row[-1] for row in stored.candles(database, "BTCUSDT")}
    assert complete[slot_us] == 0
    assert sum(complete.values()) >= 2


@pytest.mark.parametrize("kills", [1, 5])
def test_a_kill_between_two_trades_changes_no_candle(site, exchange, kills):
    sent = frames.generated(6, ["BTCUSDT"], 40_000)
    server = exchange(sent)
    trades = server.trades["BTCUSDT"]
    site.set("binance", **server.settings())
    database = site.database("ticks")
    for kill in range(1, kills + 1):
        tickd = site.start("tickd")
        share = len(trades) * kill // (kills + 1)
        wait_until(lambda: stored.trade_count(database) >= share, 60, f"{share} trades stored")
        tickd.kill()
    collect(site, server.settings(), len(trades))
    check_symbol(database, "BTCUSDT", trades)
