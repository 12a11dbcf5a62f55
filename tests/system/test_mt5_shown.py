"""What people and bots are shown of terminals: tradingctl, /health and /metrics."""
import json
import time

import pytest
import requests
from harness.broker import Broker
from harness.mt5_terminal import Terminal, mt5_feed, set_mt5
from harness.waiting import wait_until

pytestmark = pytest.mark.asan


def component(site, name):
    return site.get("/health")[1]["components"].get(name, {})


def metrics(site):
    return requests.get(f"http://127.0.0.1:{site.port}/metrics", timeout=10).text.splitlines()


def publish(site, *feeds):
    """tickd's status file of this moment, in tickd's place."""
    folder = site.runtime / "tickd"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "new").write_text(json.dumps({
        "program": "tickd", "state": "running", "pid": 1, "status": "",
        "updated_us": int(time.time() * 1e6), "feeds": feeds}))
    (folder / "new").rename(folder / "status.json")


def feed(name, **members):
    return {"name": name, "source": name.rpartition(".")[2], "state": "waiting",
            "listen": "127.0.0.1:9443", "ticks_per_second": 0.0, "ticks": 0, "duplicates": 0,
            "connects": 0, "waiting": 0, "held": 0, "symbols": [],
            "orders": {"pending": 0, "sent": 0, "done": 0, "failed": 0, "today": 0}, **members}


CONNECTED = {"state": "live", "account": "1001", "server": "Broker-Demo", "connected_s": 62,
             "utc_offset_s": 10800, "ticks": 9, "connects": 3}


def test_each_account_is_shown_by_itself(site):
    set_mt5(site)
    set_mt5(site, token="another-token-of-16", section="mt5.far")
    site.start("logd")

    def seen():
        publish(site, feed("mt5", **CONNECTED), feed("mt5.far"))
        return component(site, "feed:mt5").get("ok")

    wait_until(seen, 10, "logd has read it")
    assert component(site, "feed:mt5")["account"] == "1001"
    assert component(site, "feed:mt5.far")["problems"] == [
        "far: no terminal is connected to 127.0.0.1:9443"]
    publish(site, feed("mt5", **CONNECTED), feed("mt5.far"))
    figures = metrics(site)
    assert 'trading_terminal_connected{source="mt5"} 1' in figures
    assert 'trading_terminal_connected{source="far"} 0' in figures
    assert 'trading_feed_ticks_total{source="mt5"} 9' in figures
    publish(site, feed("mt5", **CONNECTED), feed("mt5.far"))
    said = site.tradingctl("status").stdout
    assert ("mt5 terminal  account 1001 at Broker-Demo, its clock is UTC+03:00,"
            " connected for 00:01:02\n") in said
    assert "mt5.far terminal  waits for its terminal at 127.0.0.1:9443\n" in said
    assert "WRONG: feed mt5.far waits for its terminal at 127.0.0.1:9443\n" in said
    assert "WRONG: feed mt5 " not in said


def test_a_terminal_is_shown_from_its_coming_to_its_going(site):
    token = set_mt5(site)
    site.start("tickd")
    site.start("logd")
    site.wait_serving()
    terminal = Terminal(site, Broker(), token)

    def shows(text):
        return text in site.tradingctl("status").stdout

    wait_until(lambda: component(site, "feed:mt5").get("status") == "waiting", 30, "none is there")
    address = mt5_feed(site)["listen"]
    assert shows(f"mt5 terminal  waits for its terminal at {address}\n")
    terminal.broker.advance(3_000)
    terminal.connect()
    terminal.pump()
    wait_until(lambda: component(site, "feed:mt5").get("ok"), 30, "it is there")
    wait_until(lambda: shows("mt5 terminal  account 1001 at Broker-Demo, its clock is UTC+03:00"), 30)
    name = sorted(terminal.broker.symbols)[0]
    bid, ask = terminal.broker.symbols[name].ticks[-1][1:3]
    watched = site.tradingctl("watch", "--limit", "1").stdout
    assert "  mt5 live " in watched and f"  {name} {bid}/{ask}" in watched
    figures = metrics(site)
    assert 'trading_terminal_connected{source="mt5"} 1' in figures
    received = len(terminal.broker.expected(name))
    assert f'trading_ticks_total{{source="mt5",symbol="{name}"}} {received}' in figures
    # The broker on paper trades in the past: nothing of it is of this minute.
    assert component(site, f"symbol:mt5:{name}")["status"] in ("stale", "quiet")
    terminal.leave()
    wait_until(lambda: component(site, "feed:mt5").get("status") == "waiting", 30, "it is gone")
