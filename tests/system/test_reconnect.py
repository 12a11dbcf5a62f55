"""Connections to the exchange that do not come up: refused where they must be, always tried again."""
import signal

import pytest
from harness.certificates import make_certificate
from harness.exchange import Exchange
from harness.frames import generated
from harness.market import Market
from harness.rough_proxy import WAYS, RoughProxy


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_connection_that_ends_while_it_opens_is_tried_again(site, wait_until, way):
    market = Market(site, "--rate", "200")
    proxy = RoughProxy(market.port, way, refusals=3)
    try:
        site.set("binance", **market.settings())
        site.set("binance", stream_url=f"ws://127.0.0.1:{proxy.port}")
        tickd = site.start("tickd")
        wait_until(lambda: site.feed().get("ticks", 0) > 100, what="ticks after three rough ends")
        assert proxy.refusals == 0
        assert site.feed()["reconnects"] >= 1
        tickd.signal(signal.SIGTERM)
        assert tickd.wait_exit() == 0
    finally:
        proxy.close()


def test_an_exchange_without_a_route_to_it_is_tried_again(site, wait_until):
    market = Market(site)
    site.set("binance", **market.settings())
    # TCP never has a route to a multicast address.
    site.set("binance", stream_url="ws://224.0.0.1:9")
    tickd = site.start("tickd")
    wait_until(lambda: tickd.text().count("no route to it") >= 3, what="three attempts")
    tickd.signal(signal.SIGTERM)
    assert tickd.wait_exit() == 0


@pytest.mark.parametrize("host, owners, said", [
    ("127.0.0.1", "IP:10.9.9.9,DNS:localhost", "IP address mismatch"),
    ("localhost", "IP:127.0.0.1,DNS:elsewhere", "hostname mismatch"),
])
def test_a_trusted_certificate_of_another_host_is_refused(site, wait_until, host, owners, said):
    certificate, key = make_certificate(site.folder, "other", owners)
    exchange = Exchange(generated(1, ["BTCUSDT"], 100), certificate, key)
    exchange.start()
    try:
        site.set("binance", **exchange.settings())
        site.set("binance", ca_file=certificate)
        for name in ("stream_url", "rest_url"):
            url = site.settings["binance"][name]
            site.settings["binance"][name] = url.replace("127.0.0.1", host)
        tickd = site.start("tickd")
        wait_until(lambda: tickd.text().count(said) >= 2, what=f"'{said}', twice")
        assert site.feed()["ticks"] == 0
        assert tickd.stop() == 0
    finally:
        exchange.stop()
