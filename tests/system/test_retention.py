"""What is too old is deleted by its owner, beside everything else, and nothing more is."""
import json
import sqlite3
import time

import pytest
import requests
from harness import stored
from harness.market import Market
from harness.waiting import wait_until
from test_analysisd import (COUNT, DAY, SLOT, START, all_rows, candles, clock, symbol,
                            write_ticks)

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def now_us():
    return int(time.time() * 1e6)


# ---- logd ----

def make_logs(site):
    """The database as logd itself makes it."""
    logd = site.start("logd")
    assert logd.stop() == 0


def fill_logs(site, calls, health):
    """Rows of these times, counted as logd counts them."""
    database = sqlite3.connect(site.database("logs"))
    with database:
        database.execute("DELETE FROM api_logs")
        database.execute("DELETE FROM system_health")
        database.executemany(
            "INSERT INTO api_logs(time_us, endpoint, method, status_code, response_time_us, client)"
            " VALUES(?, '/old', 'GET', 200, 5, '127.0.0.1')", ((at,) for at in calls))
        database.executemany(
            "INSERT INTO system_health(time_us, component, status, details)"
            " VALUES(?, 'logd', 'running', '{}')", ((at,) for at in health))
        database.execute("UPDATE log_counts SET rows = (SELECT count(*) FROM api_logs)"
                         " WHERE name = 'api_logs'")
        database.execute("UPDATE log_counts SET rows = (SELECT count(*) FROM system_health)"
                         " WHERE name = 'system_health'")
    database.close()


def log_count(site, table, where="1"):
    return stored.value(site.database("logs"), f"SELECT count(*) FROM {table} WHERE {where}")


def counts(site):
    return dict(stored.rows(site.database("logs"), "SELECT name, rows FROM log_counts"))


def assert_counts_are_right(site):
    for table, rows in counts(site).items():
        assert rows == log_count(site, table), table


@pytest.mark.asan
def test_logd_deletes_what_is_older_than_its_settings_and_answers_meanwhile(site):
    make_logs(site)
    now = now_us()
    fill_logs(site, [now - 20 * DAY_US + i for i in range(30_000)]
              + [now - 2 * HOUR_US + i for i in range(500)],
              [now - 5 * DAY_US + i for i in range(10_000)] + [now - 3 * HOUR_US])
    site.set("retention", api_logs="14d", system_health="4d")
    logd = site.start("logd")

    def old_is_gone():
        assert requests.get(f"http://127.0.0.1:{site.port}/health", timeout=10).status_code == 503
        return site.status("logd").get("log", {}).get("deleted") == 40_000

    wait_until(old_is_gone, 30)
    assert log_count(site, "api_logs", f"time_us < {now - 14 * DAY_US}") == 0
    assert log_count(site, "api_logs", "endpoint = '/old'") == 500
    assert log_count(site, "system_health", f"time_us < {now - 4 * DAY_US}") == 0
    wait_until(lambda: log_count(site, "api_logs", "endpoint = '/health'") > 0, 10)
    assert logd.stop() == 0
    assert_counts_are_right(site)
    assert stored.integrity(site.database("logs")) == "ok"


def test_logd_keeps_all_with_0(site):
    make_logs(site)
    now = now_us()
    fill_logs(site, [now - 900 * DAY_US, now - 2 * HOUR_US], [now - 900 * DAY_US])
    site.set("retention", api_logs="0", system_health="0")
    logd = site.start("logd")
    site.get("/health")
    wait_until(lambda: log_count(site, "api_logs") == 3, 10)
    assert site.status("logd")["log"]["deleted"] == 0
    assert logd.stop() == 0
    assert log_count(site, "api_logs", f"time_us < {now - 800 * DAY_US}") == 1


def test_a_clock_that_leapt_while_logd_was_away_deletes_nothing_at_first(site):
    make_logs(site)
    then = now_us() - 100 * DAY_US  # all that is known is a hundred days old: was that today?
    fill_logs(site, [then - i * HOUR_US for i in range(200)], [then])
    logd = site.start("logd")
    wait_until(lambda: "the clock leapt by more than a day" in logd.text(), 10)
    site.get("/health")
    wait_until(lambda: log_count(site, "api_logs", "endpoint = '/health'") == 1, 10)
    assert log_count(site, "api_logs", "endpoint = '/old'") == 200
    assert site.status("logd")["log"]["deleted"] == 0


# ---- analysisd ----

def analysis(site):
    return site.status("analysisd").get("analysis", {})


def results(site, where="1"):
    """All rows, of every type and timeframe."""
    return stored.rows(
        site.database("analysis"), "SELECT source, symbol, analysis_type, timeframe, time_us,"
        f" result, input_revision FROM analysis_results WHERE {where} ORDER BY 1, 2, 3, 4, 5")


def facts(site, where="1"):
    return stored.rows(
        site.database("analysis"), "SELECT source, symbol, timeframe, time_us, kind FROM"
        f" market_facts WHERE {where} ORDER BY 1, 2, 3, 4, 5")


def oldest(site, source="sim"):
    return stored.value(site.database("analysis"),
                        "SELECT min(time_us) FROM analysis_results WHERE source = ?", source)


def wait_candles(site, candles_analysed):
    """Until so many M5 candles have their rows, and nothing is left to be done."""
    def done():
        return (stored.value(site.database("analysis"), COUNT) == candles_analysed
                and analysis(site).get("pending") == 0
                and analysis(site).get("results") == all_rows(site))

    wait_until(done, 60, f"{candles_analysed} candles")


def days(site, count):
    """Candles of a live and of an imported symbol of `count` days up to START."""
    write_ticks(site, "BEGIN IMMEDIATE;" + symbol(1, "LIVE") + symbol(2, "FILE", "archive")
                + candles(1, START - count * DAY, count * 288, "klines")
                + candles(2, START - count * DAY, count * 288, "klines")
                + clock(START + 1_000_000) + clock(START + 1_000_000, 2) + "COMMIT;")


@pytest.mark.asan
def test_analysisd_deletes_by_the_sources_clock_and_keeps_what_was_imported(site):
    days(site, 10)
    site.set("binance", source="sim").set("retention", analysis_results="0")
    first = site.start("analysisd")
    wait_candles(site, 2 * 2880)
    young = f"source = 'archive' OR time_us >= {START - 2 * DAY}"
    kept, kept_facts = results(site, young), facts(site, young)
    assert {row[3] for row in kept} == {"M5", "M15", "M30", "H1", "H4", "D1"}
    assert 0 < len(kept_facts) < len(facts(site))
    assert first.stop() == 0
    site.set("retention", analysis_results="2d")
    second = site.start("analysisd")
    wait_candles(site, 2880 + 2 * 288)
    assert oldest(site) == START - 2 * DAY and oldest(site, "archive") == START - 10 * DAY
    assert results(site) == kept
    assert facts(site) == kept_facts
    # A late change of what is gone brings nothing back; one slot on, one slot goes.
    write_ticks(site, "BEGIN IMMEDIATE;" + candles(1, START - 5 * DAY, 1, "klines", revision=1)
                + "INSERT INTO changes(symbol_id, from_us, to_us)"
                  f" VALUES(1, {START - 5 * DAY}, {START - 5 * DAY + SLOT - 1});"
                + candles(1, START, 1) + clock(START + SLOT + 1_000_000) + "COMMIT;")
    wait_until(lambda: oldest(site) == START - 2 * DAY + SLOT, 30, "the oldest slot goes")
    wait_candles(site, 2880 + 2 * 288)
    assert second.stop() == 0
    assert stored.value(site.database("analysis"), "SELECT sum(results) FROM analysis_progress") == \
        len(results(site))
    assert stored.integrity(site.database("analysis")) == "ok"


def test_a_first_start_on_years_of_candles_computes_only_what_is_kept(site):
    days(site, 100)
    site.set("binance", source="sim").set("retention", analysis_results="1d")
    write_ticks(site, "DELETE FROM symbols WHERE symbol_id = 2;")
    site.start("analysisd")
    wait_candles(site, 288)
    assert oldest(site) == START - DAY
    result = json.loads(results(site, "timeframe = 'M5'")[0][5])
    assert result["inputs"]["seed_bars"] == 500, "seeded from candles whose analyses are not kept"


# ---- together ----

def test_the_stack_forgets_while_it_runs_and_verify_finds_nothing_wrong(site):
    market = Market(site, "--symbols", "BTCUSDT,ETHUSDT", "--rate", "500", "--history", "3d")
    site.set("binance", symbols="BTCUSDT,ETHUSDT", history="2d", **market.settings())
    site.set("retention", analysis_results="6h", system_health="1h", api_logs="1h")
    make_logs(site)
    now = now_us()
    fill_logs(site, [now - 2 * DAY_US + i for i in range(5000)] + [now - 90 * 60_000_000],
              [now - 90 * 60_000_000])
    site.start_stack()
    wait_until(lambda: site.status("logd").get("log", {}).get("deleted", 0) >= 5002, 30, "old logs go")
    wait_until(lambda: analysis(site).get("pending") == 0 and stored.value(
        site.database("analysis"), COUNT) >= 2 * 70, 60, "six hours are analysed")

    def nothing_is_older():
        newest = stored.value(site.database("ticks"), "SELECT max(newest_us) FROM symbols")
        return oldest(site) >= newest // SLOT * SLOT - 6 * HOUR_US - SLOT

    wait_until(nothing_is_older, 30)
    assert len(stored.candles(site.database("ticks"), "BTCUSDT")) > 500, "candles are not touched"
    found = site.tradingctl("verify")
    assert found.returncode == 0, found.stdout + found.stderr
