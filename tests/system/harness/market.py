"""marketsim as the market of a site."""
import re

from harness import places
from harness.waiting import wait_until

LISTENING = re.compile(r"(wss?)://(?:127\.0\.0\.1|localhost):(\d+)")


class Market:
    """A running marketsim; its addresses stand in its first lines."""

    def __init__(self, site, *options, tls=False, port=0):
        self.site, self.options, self.tls = site, options, tls
        argv = [places.program("marketsim"), "--listen", f"127.0.0.1:{port}", *options]
        if tls:
            argv += ["--tls-dir", site.folder / "tls"]
        else:
            argv += ["--no-tls"]
        self.process = site.spawn("marketsim", argv)
        found = wait_until(self.address, 20, "marketsim says where it listens")
        self.port = int(found.group(2))

    def address(self):
        assert self.process.running(), self.process.text()
        return LISTENING.search(self.process.text())

    def settings(self):
        """What goes into [binance]."""
        s = "s" if self.tls else ""
        chosen = {
            "stream_url": f"ws{s}://127.0.0.1:{self.port}",
            "rest_url": f"http{s}://127.0.0.1:{self.port}",
        }
        if self.tls:
            chosen["ca_file"] = self.site.folder / "tls" / "ca.pem"
        return chosen
