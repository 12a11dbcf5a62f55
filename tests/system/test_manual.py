"""What the manual pages and the schemas say of tickd is what tickd does."""
import json
import re

import jsonschema
from harness import places
from harness.broker import Broker
from harness.market import Market
from harness.mt5_terminal import Terminal, set_mt5
from harness.site import free_port
from harness.waiting import wait_until

SCHEMA = json.loads((places.ROOT / "doc/tickd_status.schema.json").read_text())
TELLING = re.compile(r"\b(?:log_event|\w*tell)\(")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
EVENT = re.compile(r"[a-z]+(-[a-z]+)*")


def arguments(text, at):
    """What stands in the parentheses that were opened before `at`."""
    depth, end = 1, at
    while depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return text[at:end - 1]


def events_of(source):
    """The names of events in it: those texts of a call that come before its sentence."""
    found = set()
    text = source.read_text()
    for call in TELLING.finditer(text):
        for literal in LITERAL.finditer(arguments(text, call.end())):
            if not EVENT.fullmatch(literal.group(1)):
                break
            found.add(literal.group(1))
    return found


def test_every_event_that_tickd_logs_is_in_its_manual():
    sources = [*(places.ROOT / "tickd").rglob("*.c"), places.ROOT / "common/service.c"]
    logged = set().union(*map(events_of, sources))
    assert {"gap-opened", "rotation-delayed", "clock-well", "stopping"} <= logged
    manual = (places.ROOT / "doc/tickd.8").read_text()
    table = re.search(r"^\.Sh EVENTS$(.*?)^\.Sh", manual, re.M | re.S).group(1)
    told = re.findall(r"^\.It Li (\S+)$", table, re.M)
    assert sorted(told) == sorted(logged)


def looks_at(site, seen):
    """A function that reads tickd's status, holds it against the schema, and keeps it."""
    validator = jsonschema.Draft202012Validator(SCHEMA)

    def look():
        status = site.status("tickd")
        if status:
            validator.validate(status)
            seen.append(status)
        return status
    return look


def figure(status, *path):
    feed = (status.get("feeds") or [{}])[0]
    for name in path:
        feed = feed.get(name, {})
    return feed or 0


def test_every_status_of_tickd_keeps_its_schema(site):
    market = Market(site, "--rate", "2000", "--drop-frames", "0.01", "--rest-429", "7",
                    "--retry-after", "1", "--cut-every", "4s", "--history", "1h")
    site.set("binance", **market.settings(), symbols="BTCUSDT,ETHUSDT", record=site.folder / "raw")
    seen = []
    look = looks_at(site, seen)
    tickd = site.start("tickd")
    wait_until(lambda: figure(look(), "backfill", "filled") > 100, 60, "gaps are filled")
    wait_until(lambda: figure(look(), "rest", "why"), 60, "a pause is obeyed")
    wait_until(lambda: figure(look(), "reconnects"), 60, "a connection was cut")
    assert tickd.stop() == 0
    look()
    feeds = [status["feeds"][0] for status in seen]
    assert set().union(*feeds) == set(SCHEMA["$defs"]["feed"]["properties"])
    symbols = [symbol for feed in feeds for symbol in feed.get("symbols", [])]
    assert set().union(*symbols) == set(SCHEMA["$defs"]["symbol"]["properties"])


def test_the_status_without_an_exchange_keeps_the_schema_too(site):
    port = free_port()
    site.set("binance", stream_url=f"ws://127.0.0.1:{port}", rest_url=f"http://127.0.0.1:{port}")
    seen = []
    look = looks_at(site, seen)
    tickd = site.start("tickd")
    wait_until(lambda: figure(look(), "state") == "waiting", 30, "it waits to try again")
    assert seen[-1]["state"] == "degraded"
    wait_until(lambda: figure(look(), "rest", "why"), 30, "it says why nothing is asked")
    assert tickd.stop() == 0


def test_every_status_of_tickd_with_terminals_keeps_its_schema(site):
    token = set_mt5(site)
    set_mt5(site, token="another-token-of-16", section="mt5.far")
    seen = []
    look = looks_at(site, seen)
    tickd = site.start("tickd")
    terminal = Terminal(site, Broker(), token)
    wait_until(lambda: figure(look(), "state") == "waiting", 30, "it waits for the terminal")
    assert seen[-1]["state"] == "degraded"
    terminal.broker.advance(3_000)
    terminal.connect()
    terminal.pump()
    wait_until(lambda: figure(look(), "last_tick_us"), 30, "ticks have come")
    assert figure(seen[-1], "state") == "live"
    terminal.leave()
    wait_until(lambda: figure(look(), "state") == "waiting", 30, "the terminal is gone")
    assert tickd.stop() == 0
    look()
    feeds = [feed for status in seen for feed in status["feeds"]]
    assert {feed["name"] for feed in feeds} == {"mt5", "mt5.far"}
    assert set().union(*feeds) == set(SCHEMA["$defs"]["terminal"]["properties"])
    symbols = [symbol for feed in feeds for symbol in feed["symbols"]]
    assert set().union(*symbols) == set(SCHEMA["$defs"]["terminal_symbol"]["properties"])
