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
                                 "SELECT count(*) FROM analysis_results") or 0,
        "logs": stored.value(site.database("logs"), "SELECT count(*) FROM api_logs") or 0,
    }


def start_everything(site):
    """The stack on a busy market whose time runs fast, so that candles close all the while."""
    market = Market(site, "--symbols", ",".join(SYMBOLS), "--rate", "100", "--speed", "100")
    site.set("binance", symbols=",".join(SYMBOLS), **market.settings())
    supervisor = site.start_stack()
    site.wait_serving()
    wait_until(lambda: written(site)["analysis"] > 0, 30, "all three databases are written")
    return supervisor


def check_pollers(pollers, seconds, show):
    """None of them met an error or an older snapshot; shows what they did."""
    statuses = [poller.wait_exit(seconds + 60) for _, poller in pollers]
    assert statuses == [0] * len(pollers), [poller.text() for _, poller in pollers]
    results = [(which, json.loads(poller.text())) for which, poller in pollers]
    with show.disabled():
        print()
        for which in DATABASES:
            of = [result for name, result in results if name == which]
            print(f"  {which}: {sum(r['polls'] for r in of)} polls by {READERS} readers, "
                  f"{sum(r['retries'] for r in of)} retries inside, longest wait "
                  f"{max(r['longest_wait_us'] for r in of) / 1000:.1f} ms")
    for which, result in results:
        assert result["errors"] == result["failures"] == result["backward"] == 0, (which, result)
        assert result["polls"] > 1000, (which, result)


@pytest.mark.asan
def test_no_reader_and_no_writer_ever_meets_a_locked_database(site, capsys):
    # The pollers leave little of two cores to daemons that a thread sanitizer slows down.
    seconds = 60 if places.long_run() or places.build().name == "tsan" else 8
    supervisor = start_everything(site)
    before = written(site)
    ended = threading.Event()
    asker = threading.Thread(target=keep_asking, args=(site, ended))
    asker.start()
    try:
        check_pollers(start_pollers(site, seconds), seconds, capsys)
    finally:
        ended.set()
        asker.join()
    after = written(site)
    for which in DATABASES:
        assert after[which] > before[which], f"{which}: nobody wrote meanwhile"
    for daemon in ("tickd", "analysisd", "logd"):
        for key, shown in site.status(daemon)["databases"].items():
            assert shown["failures"] == 0, (daemon, key, shown)
            assert "retries" in shown, (daemon, key)
    assert supervisor.stop() == 0
    soundness.check(site)


def test_readers_do_not_notice_that_the_writers_are_killed(site, capsys):
    seconds = 30 if places.long_run() else 6
    supervisor = start_everything(site)
    pollers = start_pollers(site, seconds)
    kills = 0
    while any(poller.running() for _, poller in pollers):
        for daemon in ("tickd", "analysisd", "logd"):
            kills += site.kill_child(daemon) is not None
        count = written(site)["ticks"]
        wait_until(lambda: written(site)["ticks"] > count, 30, "tickd writes again")
    check_pollers(pollers, seconds, capsys)
    assert kills >= 6
    wait_until(lambda: all(site.child_pid(daemon) for daemon in ("tickd", "analysisd", "logd")),
               30, "all run again")
    assert supervisor.stop() == 0
    soundness.check(site)
