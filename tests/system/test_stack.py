"""The whole stack: order of start and stop, faults of the exchange, nothing lost in between."""
import json
import re

import pytest

from harness import expected, frames, soundness, stored
from harness.certificates import make_certificate
from harness.exchange import Exchange
from harness.market import Market
from harness.waiting import wait_until

CHILDREN = ["logd", "tickd", "analysisd"]  # in the order of their start


def market_for(site, *options, symbols="BTCUSDT", **more):
    market = Market(site, "--symbols", symbols, *options, **more)
    site.set("binance", symbols=symbols, **market.settings())
    return market


def exchange_for(site, sent, certificate=None, key=None, **options):
    exchange = Exchange(sent, certificate, key, **options).start()
    site.at_end.append(exchange.stop)
    site.set("binance", symbols=",".join(exchange.trades), **exchange.settings())
    return exchange


def stored_count(site):
    return stored.trade_count(site.database("ticks"))


def wait_more(site, count=100, timeout=30):
    start = stored_count(site)
    wait_until(lambda: stored_count(site) >= start + count, timeout, f"{count} more trades")


@pytest.mark.asan
def test_the_supervisor_starts_logd_tickd_analysisd_and_stops_them_in_reverse(site):
    market_for(site)
    supervisor = site.start_stack()
    wait_until(lambda: all(site.child_pid(child) for child in CHILDREN), 30, "all run")
    said = [f" {line}" for line in ("logd: started", "tickd: started", "tickd: ready",
                                    "analysisd: started", "analysisd: ready")]
    steps = [supervisor.text().index(line) for line in said]
    assert steps == sorted(steps), supervisor.text()
    wait_more(site)
    pids = {child: site.child_pid(child) for child in CHILDREN}
    assert supervisor.stop() == 0
    assert not any(site.is_alive(pid) for pid in pids.values())
    text = supervisor.text()
    stops = [text.index(f" {child} info: stopping on SIGTERM") for child in reversed(CHILDREN)]
    assert stops == sorted(stops), text
    assert not (site.runtime / "shared_memory.json").exists() or not any(
        process.get("pid") for process in site.shared_memory().get("active_processes", []))
    soundness.check(site)


def test_shared_memory_is_whole_at_every_look(site):
    market_for(site, "--rate", "5000")
    site.start_stack()
    path = site.runtime / "shared_memory.json"
    wait_until(path.exists, 20, "shared_memory.json")
    seen = set()

    def looked_often():
        content = json.loads(path.read_text())
        assert {"last_update", "tick_count", "system_status", "active_processes",
                "database_locks", "version"} <= set(content)
        seen.add(content["last_update"])
        return len(seen) >= 4

    wait_until(looked_often, 30, "four updates seen", poll=0)
    wait_until(lambda: {process["name"] for process in site.shared_memory()["active_processes"]}
               >= set(CHILDREN), 20, "all three are listed")
    wait_until(lambda: site.shared_memory()["tick_count"] > 0, 20, "ticks are counted")
    locks = site.shared_memory()["database_locks"]
    for key, child in (("main_db", "tickd"), ("analysis_db", "analysisd"), ("logs_db", "logd")):
        assert str(site.child_pid(child)) in locks[key] and child in locks[key], locks


def test_a_second_sigterm_stops_at_once(site):
    market_for(site)
    supervisor = site.start_stack()
    supervisor.signal(15)
    supervisor.signal(15)
    supervisor.wait_exit(5)


def test_after_a_stop_under_load_nothing_that_came_is_lost(site):
    """What tickd counted as received before it left is what is stored."""
    market_for(site, "--rate", "5000")
    tickd = site.start("tickd")
    wait_more(site, 5000)
    assert tickd.stop() == 0
    count = stored_count(site)
    assert count == stored.value(site.database("ticks"), "SELECT sum(ticks) FROM symbols")
    assert stored.gaps(site.database("ticks")) == []
    soundness.check(site)


def test_the_analysis_of_a_closed_candle_is_stored_and_answered(site):
    market_for(site, "--rate", "20", "--speed", "100")
    site.set("binance", history="2d")
    site.start_stack()
    site.wait_serving()
    wait_until(
        lambda: {row[0] for row in stored.rows(
            site.database("analysis"), "SELECT DISTINCT analysis_type FROM analysis_results")}
        >= {"volatility_analysis", "enhanced_symbol_analysis"}, 60, "two kinds of analysis")

    def answered():
        status, answer = site.get("/market-data/BTCUSDT")
        return status == 200 and answer["data"]["analysis_data"] and answer

    answer = wait_until(answered, 10, "logd has seen both databases")
    assert answer["success"] is True, answer
    data = answer["data"]
    assert data["tick_data"]["symbol"] == "BTCUSDT"
    assert 1 <= len(data["m5_candles"]) <= 10 and 1 <= len(data["analysis_data"]) <= 5, data


def test_history_before_the_first_tick_comes_from_klines(site):
    sent = frames.generated(21, ["BTCUSDT"], 30_000, span_ms=6_000_000)
    exchange = exchange_for(site, sent)
    trades = exchange.trades["BTCUSDT"]
    middle = next(number for number, frame in enumerate(sent)
                  if f'"t":{trades[len(trades) // 2].trade_id},' in frame)
    exchange.frames = sent[middle:]
    first_ms = exchange.now_ms = trades[len(trades) // 2].time_ms
    site.set("binance", history="1d")
    site.start("tickd")
    live = len(trades) - len(trades) // 2
    wait_until(lambda: stored_count(site) >= live, 60, "the live half is stored")
    history = [c for c in expected.candles_of(trades)
               if c.open_time_ms < first_ms // expected.M5_MS * expected.M5_MS]
    rows = wait_until(lambda: stored.rows(
        site.database("ticks"), "SELECT open_time_us, open_e8, high_e8, low_e8, close_e8, volume,"
        " quote_volume, taker_buy_volume, trades FROM m5_candles WHERE origin = 'klines'"
        " ORDER BY open_time_us"), 30, "candles from klines")
    assert rows == [c.row()[:9] for c in history]


# ---- faults of the exchange ----


@pytest.mark.asan
def test_a_cut_connection_is_made_anew_and_what_was_missed_is_a_gap(site):
    market_for(site, "--rate", "5000", "--cut-after", "3000")
    tickd = site.start("tickd")
    wait_until(lambda: site.feed().get("reconnects", 0) >= 3, 60, "three reconnects")
    wait_more(site)
    assert tickd.stop() == 0
    soundness.check(site)


def test_a_silent_connection_is_taken_for_dead_and_made_anew(site):
    market_for(site, "--rate", "5000", "--silence-after", "3000")
    site.set("binance", silence="1s")
    tickd = site.start("tickd")
    wait_until(lambda: site.feed().get("reconnects", 0) >= 2, 60, "two reconnects")
    wait_more(site)
    assert tickd.stop() == 0
    assert stored.gaps(site.database("ticks")) != []
    soundness.check(site)


def test_dropped_frames_become_gaps_in_the_ledger(site):
    market_for(site, "--rate", "5000", "--drop-frames", "0.001")
    tickd = site.start("tickd")
    wait_until(lambda: len(stored.gaps(site.database("ticks"))) >= 3, 60, "three gaps")
    wait_until(lambda: site.feed().get("gaps", 0) >= 3, 10, "they are shown")
    assert tickd.stop() == 0
    soundness.check(site)


def test_an_exchange_that_comes_later_is_waited_for(site):
    market = market_for(site)
    market.process.stop()
    site.start_stack()
    site.wait_serving()
    wait_until(lambda: site.feed().get("state") in ("connecting", "waiting"), 20, "it tries")
    wait_until(lambda: all(site.child_pid(child) for child in CHILDREN), 20, "all else is up")
    assert site.get("/health")[0] == 503
    Market(site, "--symbols", "BTCUSDT", port=market.port)
    wait_until(lambda: stored_count(site) > 0, 40, "ticks, once it is there")


def test_a_wrong_certificate_is_refused_in_a_clear_sentence_and_all_else_stays_up(site):
    market = market_for(site, tls=True)
    wrong, _ = make_certificate(site.folder, "wrong")
    site.set("binance", ca_file=wrong)
    supervisor = site.start_stack()
    said = wait_until(
        lambda: re.search(r".*tickd.*certificate.*", supervisor.text(), re.IGNORECASE), 30,
        "the certificate is named")
    assert f"127.0.0.1:{market.port}" in said.group() or "127.0.0.1" in said.group()
    site.wait_serving()
    wait_until(lambda: all(site.child_pid(child) for child in CHILDREN), 20, "all else is up")
    wait_until(lambda: len(re.findall("certificate", supervisor.text())) >= 2
               or site.feed().get("reconnects", 0) >= 2, 30, "it is tried again")
    assert stored_count(site) == 0
    assert supervisor.stop() == 0


def test_ticks_come_through_marketsims_own_tls(site):
    market_for(site, "--rate", "5000", tls=True)
    tickd = site.start("tickd")
    wait_more(site, 2000)
    assert tickd.stop() == 0
    soundness.check(site)


# ---- settings of the feed ----


def test_all_quotes_are_stored_with_negative_ids_where_the_settings_ask_for_it(site):
    sent = frames.generated(22, ["BTCUSDT", "ETHUSDT"], 8_000)
    exchange = exchange_for(site, sent)
    site.set("binance", quotes="all")
    tickd = site.start("tickd")
    database = site.database("ticks")
    quotes = expected.quotes_of(sent)
    count = sum(len(of_symbol) for of_symbol in quotes.values())
    wait_until(lambda: stored.value(
        database, "SELECT count(*) FROM unified_ticks WHERE flags & 2") == count, 60,
        f"{count} quotes stored")
    wait_until(lambda: stored_count(site) == sum(map(len, exchange.trades.values())), 60, "trades")
    assert tickd.stop() == 0
    for symbol, of_symbol in quotes.items():
        rows = stored.rows(
            database, "SELECT -tick_id, bid_e8, ask_e8, price_e8, volume_e8, flags & 33"
            " FROM unified_ticks JOIN symbols USING (symbol_id) WHERE symbol = ? AND flags & 2"
            " ORDER BY -tick_id", symbol)
        assert rows == [
            (update_id, expected.e8(bid), expected.e8(ask), None, None, 32)
            for update_id, (bid, ask) in sorted(of_symbol.items())
        ]
    soundness.check(site)


def test_a_single_tick_becomes_visible_to_a_reader(site):
    sent = frames.generated(23, ["BTCUSDT"], 1, quotes=0)
    exchange = exchange_for(site, sent)
    site.start("tickd")
    assert exchange.played.wait(20)
    wait_until(lambda: stored_count(site) == 1, 2, "the tick is visible")


def test_a_feed_that_is_switched_off_leaves_the_rest_at_work(site):
    site.set("binance", enabled="no")
    site.start_stack()
    site.wait_serving()
    wait_until(lambda: all(site.child_pid(child) for child in CHILDREN), 20, "all run")
    assert site.tradingctl("status").returncode == 0
