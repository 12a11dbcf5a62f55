"""A connection to the exchange may end at any moment of its opening: it is always tried again."""
import signal

import pytest
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
