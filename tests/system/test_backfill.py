"""Holes in the ids, filled from the exchange while live ticks go on coming."""
import signal

import pytest
from harness import soundness, stored
from harness.market import Market
from harness.waiting import wait_until

COUNTS = "SELECT count(*), max(tick_id) - min(tick_id) + 1 FROM unified_ticks WHERE flags & 1"


def market_for(site, *options, **settings):
    market = Market(site, *options)
    site.set("binance", **market.settings(), **settings)
    return market


def ids_are_whole(site):
    count, span = stored.rows(site.database("ticks"), COUNTS)[0]
    return count == span


def states(site):
    return [row[0] for row in stored.rows(site.database("ticks"), "SELECT state FROM feed_gaps")]


def nothing_is_missing(site):
    return site.feed().get("backfill", {}).get("missing") == 0 and set(states(site)) == {"filled"}


@pytest.mark.asan
def test_what_was_traded_while_we_were_away_is_filled_by_id(site):
    market_for(site, "--rate", "20000")
    tickd = site.start("tickd")
    wait_until(lambda: site.feed().get("ticks", 0) > 3000, 30, "the first ticks")
    tickd.signal(signal.SIGKILL)
    tickd.wait_exit()
    stored_before = stored.rows(site.database("ticks"), COUNTS)[0][0]
    tickd = site.start("tickd")
    wait_until(lambda: nothing_is_missing(site), 60, "the gap is filled")
    assert site.feed()["backfill"]["filled"] > 0
    assert tickd.stop() == 0
    assert stored.rows(site.database("ticks"), COUNTS)[0][0] > stored_before
    assert "gap-filled" in tickd.text() and "backfill-done" in tickd.text()
    assert ids_are_whole(site)
    soundness.check(site)


def test_dropped_frames_are_filled_while_the_feed_goes_on(site):
    market_for(site, "--rate", "5000", "--drop-frames", "0.002")
    tickd = site.start("tickd")
    wait_until(lambda: states(site).count("filled") >= 50, 60, "fifty gaps are filled")
    rest = site.feed()["rest"]
    assert rest["weight_used"] < 4800 and rest["weight_limit"] == 6000
    assert tickd.stop() == 0
    soundness.check(site)


def test_the_slot_of_the_first_tick_is_filled_back_to_its_open(site):
    market_for(site, "--rate", "300", "--history", "1h", "--start-time", "2026-07-01T12:03:20Z",
               history="1h")
    tickd = site.start("tickd")
    wait_until(lambda: states(site) and nothing_is_missing(site), 60, "the slot is filled")
    assert tickd.stop() == 0
    row = stored.rows(site.database("ticks"),
                      "SELECT whole_from_us, ticks_from_us FROM symbols")[0]
    assert row[0] is not None and 0 <= row[1] - row[0] < 300_000_000
    assert ids_are_whole(site)
    soundness.check(site)


def test_the_exchange_s_clock_is_shown(site):
    market_for(site, "--rate", "300")
    tickd = site.start("tickd")
    clock = wait_until(lambda: site.feed().get("clock", {}).get("offset_ms") is not None and
                       site.feed()["clock"], 30, "the offset is known")
    assert abs(clock["offset_ms"]) < 2000 and clock["alarm"] is False
    assert tickd.stop() == 0
