"""What analysisd says of ticks, on a tick database that the test writes in tickd's place."""
import json

import jsonschema
import pytest

from harness import places, stored
from harness.waiting import wait_until
from test_analysisd import SLOT, START, clock, symbol, write_ticks

BARS = 30  # of which the last has ticks

pytestmark = pytest.mark.asan


def bars(symbol_id, first_id):
    """A trade each second, of one unit, every fifth of which was sold; ids where asked for."""
    ids = "1, 300" if first_id else "NULL, NULL"
    return f"""
        WITH RECURSIVE slot(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM slot LIMIT {BARS})
        INSERT INTO m5_candles(symbol_id, open_time_us, open_e8, high_e8, low_e8, close_e8,
            volume, quote_volume, taker_buy_volume, trades, first_tick_id, last_tick_id, origin,
            revision, complete)
        SELECT {symbol_id}, {START} + n * {SLOT}, 100, 120, 90, 110, 300, 1, 240, 300, {ids},
            'ticks', 0, 1 FROM slot;"""


def trades(symbol_id, flags):
    newest = START + (BARS - 1) * SLOT
    return f"""
        WITH RECURSIVE tick(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM tick LIMIT 300)
        INSERT INTO unified_ticks(symbol_id, time_us, tick_id, price_e8, volume_e8, bid_e8, ask_e8,
            flags) SELECT {symbol_id}, {newest} + n * 1000000, n, 110,
            iif({flags} & 1, iif(n = 7, 1100000001, 100000000), NULL), 110, 121,
            {flags} | iif(n % 5 = 0 AND {flags} & 1, 4, 0) FROM tick;"""


def rows(site, kind):
    return stored.rows(site.database("analysis"), "SELECT symbol, time_us, result, confidence"
                       " FROM analysis_results WHERE analysis_type = ? ORDER BY 1, 2", kind)


def held_against_its_schema(site, kind):
    """The results of that type, by symbol."""
    schema = json.loads((places.ROOT / "doc" / f"{kind}.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator, found = jsonschema.Draft7Validator(schema), {}
    for name, _, text, confidence in rows(site, kind):
        assert len(text) < 900
        result = json.loads(text)
        validator.validate(result)
        assert result["confidence"]["value"] == confidence
        found.setdefault(name, []).append(result)
    return found


def test_order_flow_and_health_follow_their_schemas_and_the_ticks(site):
    write_ticks(site, "BEGIN IMMEDIATE;" + symbol(1, "TRADES") + symbol(2, "QUOTES", "mt5")
                + bars(1, True) + trades(1, 1) + bars(2, False) + trades(2, 2)
                + clock(START + (BARS + 1) * SLOT) + clock(START + (BARS + 1) * SLOT, 2)
                + "COMMIT;")
    site.start("analysisd")
    wait_until(lambda: len(rows(site, "system_health")) == 2 * BARS, 60, "all bars")
    flow = held_against_its_schema(site, "order_flow")
    assert set(flow) == {"TRADES"}
    assert len(flow["TRADES"]) == BARS
    last = flow["TRADES"][-1]
    assert last["of"] == "ticks"
    assert (last["buy"], last["sell"]) == (240 + 10.00000001, 60)
    assert last["day_delta"] == BARS * 180
    assert last["large"] == {"above": 10, "buys": 1, "sells": 0, "buy": 11.00000001, "sell": 0}
    assert last["spread_percent"]["median"] == pytest.approx(10)
    assert last["confidence"]["value"] == 1
    assert flow["TRADES"][-2]["of"] == "candle"
    health = held_against_its_schema(site, "system_health")
    for name in ("TRADES", "QUOTES"):
        assert len(health[name]) == BARS
        assert health[name][-1]["slot"]["ticks"] == 300
        assert health[name][-1]["slot"]["silence_s"] == 1
        assert health[name][-1]["reasons"] == ["incomplete_day", "hole"]
        assert "no_ticks" in health[name][-2]["reasons"]
    assert rows(site, "offset_calibration") == []  # no symbol is paired


def test_the_schema_of_the_offset_is_one():
    schema = json.loads((places.ROOT / "doc" / "offset_calibration.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
