"""Readers that poll without pause, while all three daemons write: nobody ever hears "locked"."""
import json
import threading

import pytest

from harness import places, soundness, stored
from harness.market import Market
from harness.site import DATABASES
from harness.waiting import wait_until

READERS = 4  # on each database
TRADINGCTL = 4  # enum role of common/access.h
SYMBOLS = ["BTCUSDT", "ETHUSDT"]


def keep_asking(site, ended):
    """Requests, so that logd has something to write."""
    while not ended.is_set():
        site.get("/health")


def start_pollers(site, seconds):
    poller = places.build() / "tests" / "poller"
    assert poller.exists(), f"{poller} is not built (make test-programs)"
    return [
        (which, site.spawn(f"poller-{which}-{number}",
                           [poller, TRADINGCTL, index, site.state, seconds]))
        for index, which in enumerate(DATABASES) for number in range(READERS)
    ]


def written(site):
    """How much each daemon has written so far."""
    return {
        "ticks": stored.trade_count(site.database("ticks")),
        "analysis": stored.value(site.database("analysis"),
                                 "SELECT sum(time_us) + count(*) FROM analysis_results") or 0,
        "logs": stored.value(site.database("logs"), "SELECT count(*) FROM api_logs") or 0,
    }


@pytest.mark.asan
def test_no_reader_and_no_writer_ever_meets_a_locked_database(site, capsys):
    seconds = 60 if places.long_run() else 8
    market = Market(site, "--symbols", ",".join(SYMBOLS), "--rate", "100", "--speed", "100")
    site.set("binance", symbols=",".join(SYMBOLS), **market.settings())
    supervisor = site.start_stack()
    site.wait_serving()
    wait_until(lambda: all(site.database(which).exists() for which in DATABASES), 30, "databases")
    wait_until(lambda: stored.trade_count(site.database("ticks")) > 0, 30, "ticks")
    before = written(site)
    ended = threading.Event()
    asker = threading.Thread(target=keep_asking, args=(site, ended))
    asker.start()
    try:
        pollers = start_pollers(site, seconds)
        statuses = [poller.wait_exit(seconds + 60) for _, poller in pollers]
    finally:
        ended.set()
        asker.join()
    assert statuses == [0] * len(pollers)
    results = [(which, json.loads(poller.text())) for which, poller in pollers]
    after = written(site)
    with capsys.disabled():
        print()
        for which in DATABASES:
            of = [result for name, result in results if name == which]
            print(f"  {which}: {sum(r['polls'] for r in of)} polls by {READERS} readers, "
                  f"{sum(r['retries'] for r in of)} retries inside, "
                  f"longest wait {max(r['longest_wait_us'] for r in of) / 1000:.1f} ms, "
                  f"written meanwhile {after[which] - before[which]}")
    for which, result in results:
        assert result["errors"] == result["failures"] == result["backward"] == 0, (which, result)
        assert result["polls"] > 1000, (which, result)
    assert after["ticks"] > before["ticks"] and after["logs"] > before["logs"], (before, after)
    for daemon in ("tickd", "analysisd", "logd"):
        for key, shown in site.status(daemon)["databases"].items():
            assert shown["failures"] == 0, (daemon, key, shown)
            assert "retries" in shown, (daemon, key)
    assert supervisor.stop() == 0
    soundness.check(site)
