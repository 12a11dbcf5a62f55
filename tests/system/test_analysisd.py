"""analysisd as a process, on a tick database that the test writes in tickd's place."""
import json
import os
import random
import signal
import socket
import subprocess

import jsonschema
import pytest

from harness import places, stored
from harness.waiting import wait_until

SLOT = 300_000_000
DAY = 288 * SLOT
START = 1_723_161_600_000_000  # 2024-08-09 00:00 UTC
RESULTS = ("SELECT source, symbol, analysis_type, timeframe, time_us, result, confidence,"
           " input_revision FROM analysis_results ORDER BY 1, 2, 3, 4, 5")
# One of the rows that each candle has: how many candles are analysed.
COUNT = ("SELECT count(*) FROM analysis_results"
         " WHERE analysis_type = 'volatility_analysis' AND timeframe = 'M5'")
TECHNICAL = ("volatility_analysis", "trend_analysis", "momentum_analysis", "market_structure",
             "support_resistance")
SLOTS = {"M5": 1, "M15": 3, "M30": 6, "H1": 12, "H4": 48, "D1": 288}

pytestmark = pytest.mark.asan


def write_ticks(site, sql):
    """Runs SQL as the writer of the tick database, which it creates if it is missing."""
    writer = places.build() / "tests" / "tick_writer"
    assert writer.exists(), f"{writer} is not built (make test-programs)"
    site.state.mkdir(exist_ok=True)
    subprocess.run([writer, site.state], input=sql, text=True, check=True)


def symbol(symbol_id, name, source="sim"):
    return ("INSERT INTO symbols(symbol_id, source, symbol)"
            f" VALUES({symbol_id}, '{source}', '{name}');")


def clock(time_us, symbol_id=1):
    return f"UPDATE symbols SET newest_us = {time_us} WHERE symbol_id = {symbol_id};"


def candles(symbol_id, from_us, count, origin="ticks", revision=0):
    """Prices that wander by arithmetic alone: the same for the same slot and revision."""
    return f"""
        WITH RECURSIVE slot(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM slot LIMIT {count}),
        price(t, o, c) AS (SELECT {from_us} + n * {SLOT},
            6000000000000 + ({from_us} / {SLOT} + n) * 7919 % 1009 * 100000000,
            6000000000000 + ({from_us} / {SLOT} + n + 1) * 7919 % 1009 * 100000000
                + {revision} * 1000000 FROM slot)
        INSERT OR REPLACE INTO m5_candles(symbol_id, open_time_us, open_e8, high_e8, low_e8,
            close_e8, volume, quote_volume, taker_buy_volume, trades, origin, revision, complete)
        SELECT {symbol_id}, t, o, max(o, c) + t / {SLOT} % 13 * 10000000,
            min(o, c) - t / {SLOT} % 11 * 10000000, c, 10.5, 630000.25, t / {SLOT} % 10, 60,
            '{origin}', {revision}, 1 FROM price;"""


def ticks(symbol_id, from_us, count, step_us=1_000_000):
    return f"""
        WITH RECURSIVE tick(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM tick LIMIT {count})
        INSERT INTO unified_ticks(symbol_id, time_us, tick_id, price_e8, volume_e8, bid_e8, ask_e8,
            flags) SELECT {symbol_id}, {from_us} + n * {step_us}, n, 6000000000000, 100000000,
            6000000000000, 6000000000000 + (n % 5 + 1) * 1000000, 1 FROM tick;"""


def months(site, symbols=3, days=40):
    """Candles of `days` days up to START + 1 h, the last hour of ticks; returns their number."""
    sql = "BEGIN IMMEDIATE;"
    for number in range(1, symbols + 1):
        sql += symbol(number, f"SYM{number}")
        sql += candles(number, START - days * DAY, days * 288, "klines")
        sql += candles(number, START, 12) + ticks(number, START, 3600)
    write_ticks(site, sql + clock(START + 2 * 12 * SLOT) + "COMMIT;")
    return symbols * (days * 288 + 12)


def results(site):
    return stored.rows(site.database("analysis"), RESULTS)


def count(site):
    return stored.value(site.database("analysis"), COUNT) or 0


def all_rows(site):
    return stored.value(site.database("analysis"), "SELECT count(*) FROM analysis_results") or 0


def wait_drained(site, candles_analysed):
    wait_until(lambda: count(site) >= candles_analysed, 60, f"{candles_analysed} candles")
    wait_until(lambda: analysis(site).get("pending") == 0, 10, "nothing pending")
    assert count(site) == candles_analysed


def analysis(site):
    return site.status("analysisd").get("analysis", {})


def newest(site, kind, name="SYM1"):
    return json.loads(stored.value(
        site.database("analysis"), "SELECT result FROM analysis_results WHERE analysis_type = ?"
        " AND symbol = ? AND timeframe = 'M5' ORDER BY time_us DESC LIMIT 1", kind, name))


def schema_of(kind):
    schema = json.loads((places.ROOT / "doc" / f"{kind}.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_it_is_ready_before_the_tick_database_exists_and_finds_it_later(site):
    daemon = site.start("analysisd")
    wait_until(lambda: "does not exist yet" in site.status("analysisd").get("status", ""))
    assert site.status("analysisd")["state"] == "running"
    assert site.status("analysisd")["analysis"] == {
        "results": 0, "symbols": 0, "newest_candle_us": None, "lag_ms": None, "pending": 0}
    write_ticks(site, symbol(1, "SYM1") + candles(1, START, 3)
                + clock(START + 3 * SLOT + 1_500_000))
    wait_drained(site, 3)
    rows = all_rows(site)
    wait_until(lambda: analysis(site)["results"] == rows)
    assert analysis(site) == {"results": rows, "symbols": 1, "newest_candle_us": START + 2 * SLOT,
                              "lag_ms": 1500, "pending": 0}
    assert site.status("analysisd")["databases"]["analysis_db"]["rows"] == rows
    assert daemon.stop() == 0
    assert not (site.state / "tickd" / "unified_tick_pipeline.db").stat().st_size == 0


def test_results_of_every_type_and_timeframe_follow_their_schemas(site):
    days = 20
    candles_stored = months(site, symbols=1, days=days)
    site.start("analysisd")
    wait_drained(site, candles_stored)
    found = {}
    for _, _, kind, timeframe, time_us, text, confidence, revision in results(site):
        result = json.loads(text)
        found.setdefault((kind, timeframe), []).append(result)
        assert time_us % (SLOTS[timeframe] * SLOT) == 0
        assert result["inputs"]["revision"] == revision
        assert result["confidence"]["value"] == confidence
    for (kind, timeframe), rows in found.items():
        validator = schema_of(kind)
        for result in rows[:400] + rows[-400:]:
            validator.validate(result)
    # The longer slots of the last day that are not over have no row.
    whole = {"M5": 12, "M15": 4, "M30": 2, "H1": 1, "H4": 0, "D1": 0}
    for timeframe, slots in SLOTS.items():
        for kind in TECHNICAL:
            assert len(found[kind, timeframe]) == days * 288 // slots + whole[timeframe]
    assert {timeframe for kind, timeframe in found if kind == "enhanced_symbol_analysis"} == {"M5"}
    # Where there are bars enough, nothing that the timeframe has is undefined any more.
    for timeframe in ("M15", "M30", "H1"):
        assert "null" not in json.dumps(found["momentum_analysis", timeframe][-1])
        assert found["trend_analysis", timeframe][-1]["direction"] in ("up", "sideways", "down")
        assert found["support_resistance", timeframe][-1]["day_before"]["high"] > 0
    # The day before is one day, whichever bars tell it.
    assert len({json.dumps(found["support_resistance", timeframe][-1]["day_before"])
                for timeframe in ("M5", "M15", "M30", "H1")}) == 1


def test_results_follow_the_data(site):
    candles_stored = months(site, symbols=1, days=2)
    site.start("analysisd")
    wait_drained(site, candles_stored)
    result = newest(site, "enhanced_symbol_analysis")
    assert result["inputs"]["bars"] == 512
    assert result["ticks"]["stored"] == 300
    assert result["ticks"]["spread_mean"] == pytest.approx(0.03)
    assert result["ticks"]["spread_median"] == pytest.approx(0.03)
    assert result["volume"]["trades_per_second"] == 0.2
    assert result["session"] == "Asian"
    assert newest(site, "volatility_analysis")["volatility_regime"] in ("LOW", "NORMAL", "HIGH")


def test_kills_in_the_middle_and_restarts_give_the_same_rows(site):
    total = months(site, symbols=3, days=8)
    daemon = site.start("analysisd")
    wait_drained(site, total)
    daemon.stop()
    whole = results(site)
    for path in site.database("analysis").parent.iterdir():
        path.unlink()
    chance, kills = random.Random(4), 0
    while count(site) < total:
        daemon = site.start("analysisd")
        goal = count(site) + chance.randrange(1, total // 6)
        wait_until(lambda: count(site) >= min(goal, total), 30, poll=0.001)
        daemon.kill()
        kills += 1
        assert stored.integrity(site.database("analysis")) == "ok"
    assert kills >= 4
    site.start("analysisd")
    wait_drained(site, total)
    assert results(site) == whole


def test_live_candles_are_analysed_as_they_close_and_revised_ones_again(site):
    write_ticks(site, symbol(1, "SYM1") + symbol(2, "QUIET")
                + candles(1, START - DAY, 288, "klines") + candles(2, START, 1)
                + clock(START + 10))
    site.start("analysisd")
    wait_drained(site, 287)
    write_ticks(site, candles(1, START, 2) + clock(START + SLOT + 999_999))
    wait_drained(site, 288)
    wait_until(lambda: analysis(site)["lag_ms"] == (SLOT + 999_999) // 1000)
    assert count(site) == 288
    write_ticks(site, clock(START + SLOT + 1_000_000))
    wait_drained(site, 289 + 1)  # the quiet symbol too
    before = newest(site, "volatility_analysis")
    write_ticks(site, "BEGIN IMMEDIATE;" + candles(1, START - SLOT, 1, "klines", revision=1)
                + "INSERT INTO changes(symbol_id, from_us, to_us)"
                  f" VALUES(1, {START - SLOT}, {START - 1}); COMMIT;")
    wait_until(lambda: stored.value(
        site.database("analysis"), COUNT + " AND symbol = 'SYM1' AND input_revision = 1") == 1)
    wait_until(lambda: newest(site, "volatility_analysis")["atr14"] != before["atr14"])


def test_signs_of_life_go_on_while_months_are_worked_through(site):
    total = months(site, symbols=4, days=20)
    daemon = site.start("analysisd", WATCHDOG_USEC=1_000_000)
    seen = []

    def look():
        status = site.status("analysisd")
        if status and (not seen or status["updated_us"] != seen[-1]["updated_us"]):
            seen.append(status)
        return seen and count(site) == total and seen[-1]["analysis"]["pending"] == 0

    wait_until(look, 120, f"{total} candles", poll=0.01)
    rows = all_rows(site)
    at_work = [status for status in seen if 0 < status["analysis"]["results"] < rows]
    assert len(at_work) >= 2, "too quick to be seen at work"
    times = [status["updated_us"] for status in seen]
    assert max(b - a for a, b in zip(times, times[1:])) < 3_000_000
    assert daemon.notify.messages.count("WATCHDOG=1") >= 3


def test_a_stop_in_the_middle_of_the_work_is_quick_and_clean(site):
    months(site, symbols=4, days=60)
    daemon = site.start("analysisd")
    wait_until(lambda: count(site) > 1000, poll=0.001)
    assert daemon.stop(timeout=3) == 0
    assert not (site.runtime / "analysisd" / "wake.sock").exists()


def test_readers_are_woken_after_results_are_committed(site):
    write_ticks(site, symbol(1, "SYM1") + candles(1, START, 1))
    (site.runtime / "logd").mkdir(parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as logd:
        logd.bind(str(site.runtime / "logd" / "wake.sock"))
        logd.settimeout(20)
        site.start("analysisd")
        write_ticks(site, clock(START + DAY))
        logd.recv(64)
        assert count(site) == 1


def test_a_datagram_makes_it_look_at_once(site):
    write_ticks(site, symbol(1, "SYM1") + candles(1, START, 1))
    site.start("analysisd")
    wait_until(lambda: analysis(site).get("symbols") == 1)
    write_ticks(site, clock(START + DAY))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as tickd:
        tickd.sendto(b"\0" * 16, str(site.runtime / "analysisd" / "wake.sock"))
        tickd.sendto(b"not ours", str(site.runtime / "analysisd" / "wake.sock"))
        tickd.sendto(b"\xff" * 16, str(site.runtime / "analysisd" / "wake.sock"))
    wait_until(lambda: count(site) == 1)


def test_a_second_instance_is_refused_with_the_pid_of_the_first(site):
    first = site.start("analysisd")
    second = site.run("analysisd")
    assert second.returncode == 75
    assert str(first.pid) in second.stdout + second.stderr
    assert first.running()


def test_a_tick_database_of_a_newer_version_is_named_with_both_numbers(site):
    write_ticks(site, "PRAGMA user_version = 99;")
    site.start("analysisd")
    wait_until(lambda: site.status("analysisd").get("state") == "degraded")
    assert "schema version 99" in site.status("analysisd")["status"]


def test_sigterm_and_sigint_end_it_with_0(site):
    for number in (signal.SIGTERM, signal.SIGINT):
        daemon = site.start("analysisd")
        daemon.signal(number)
        assert daemon.wait_exit() == 0
    assert os.listdir(site.runtime / "analysisd") == []
