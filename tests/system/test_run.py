"""make run: one command that starts everything, says where it is, and leaves nothing behind."""
import json
import os
import pty
import re
import select
import signal
import socket
import sqlite3
import subprocess
import textwrap
import urllib.request

import pytest

from harness import places
from harness.broker import Broker
from harness.mt5_terminal import Terminal
from harness.waiting import wait_until

UNAVAILABLE_HOST = "stream.binance.com"


def script(site, *wrapper, **variables):
    """scripts/run without a terminal, in a session of its own."""
    variables = {"RUN": site.folder / "run", "LISTEN": f"127.0.0.1:{site.port}", "RATE": "500",
                 **variables}
    # pytest may run where SIGINT is ignored, and that would be inherited.
    return site.spawn("run", ["env", "--default-signal=INT", *wrapper, places.ROOT / "scripts/run",
                              places.programs()], **variables)


def wait_announced(process):
    def announced():
        assert process.running(), process.text()
        return "run: dashboard: http://" in process.text()

    wait_until(announced, 40, "the dashboard's address")


def dashboard(site):
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/", timeout=10) as answer:
        return answer.status, answer.read().decode()


def tradingctl(site, *arguments):
    return subprocess.run(
        [places.program("tradingctl"), "-c", site.folder / "run/etc/trading.conf", *arguments],
        capture_output=True, text=True, timeout=30, check=False)


def interrupt(process):
    """As Ctrl-C does: to the whole process group."""
    os.killpg(process.pid, signal.SIGINT)
    return process.wait_exit(30)


# That nothing is left running is looked at after every test, by the fixture `site`.


def test_make_run_serves_the_dashboard_and_ctrl_c_ends_it_with_0(site):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(places.ROOT)
        os.execvpe("make", ["make", "run", f"MODE={places.build().name}", "SYMBOLS=BTCUSDT,ETHUSDT",
                            f"RUN={site.folder / 'run'}", f"LISTEN=127.0.0.1:{site.port}"],
                   site.environment())
    shown = b""
    while b"run: dashboard: http://" not in shown:
        assert select.select([terminal], [], [], 120)[0], shown.decode()
        shown += os.read(terminal, 65536)
    status, page = dashboard(site)
    assert status == 200 and "<html" in page.lower()
    wait_until(lambda: tradingctl(site, "status").returncode == 0, 20, "all is well")
    os.write(terminal, b"\x03")
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
    except OSError:  # the terminal's other end is closed
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown.decode()
    assert "simulated by marketsim (BTCUSDT,ETHUSDT)" in shown.decode()
    database = sqlite3.connect(site.folder / "run/state/tickd/unified_tick_pipeline.db")
    assert database.execute("SELECT symbol FROM symbols WHERE source = 'sim' ORDER BY symbol"
                            ).fetchall() == [("BTCUSDT",), ("ETHUSDT",)]
    database.close()
    assert tradingctl(site, "verify").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_with_0_without_a_terminal_too(site, number):
    process = script(site, SYMBOLS="BTCUSDT")
    wait_announced(process)
    os.killpg(process.pid, number)
    assert process.wait_exit(30) == 0, process.text()


def test_a_signal_during_the_start_ends_everything_with_0(site):
    process = script(site, SYMBOLS="BTCUSDT")
    wait_until(lambda: "child-started" in process.text(), 30, "a first child")
    assert interrupt(process) == 0, process.text()


def test_the_real_exchange_without_a_network_is_said_and_everything_else_stays_up(site):
    alone = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("no network namespace of its own can be had here (unshare)")
    process = script(site, *alone, SOURCE="binance", SYMBOLS="BTCUSDT,ETHUSDT")
    wait_announced(process)
    wait_until(lambda: re.search(rf"tickd .*{UNAVAILABLE_HOST}", process.text()), 30,
               "tickd says what cannot be reached")

    def all_up():
        shown = json.loads(tradingctl(site, "status", "--json").stdout)
        states = {child["state"] for child in shown["system"]["processes"].values()}
        return shown if states == {"running"} else None

    shown = wait_until(all_up, 30, "every process runs")
    assert shown["ok"] is False and any("feed binance is" in fault for fault in shown["faults"])
    assert "marketsim" not in process.text() and not (site.folder / "run/tls").exists()
    assert "market: Binance itself (BTCUSDT,ETHUSDT)" in process.text()
    assert interrupt(process) == 0, process.text()
    database = sqlite3.connect(site.folder / "run/state/tickd/unified_tick_pipeline.db")
    assert database.execute("SELECT DISTINCT source FROM symbols").fetchall() in (
        [], [("binance",)])
    assert database.execute("SELECT count(*) FROM unified_ticks").fetchone() == (0,)
    database.close()


def test_a_port_in_use_is_said_in_one_sentence_and_nothing_is_left(site):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", site.port))
        taken.listen()
        process = script(site, SYMBOLS="BTCUSDT")
        assert process.wait_exit(30) == 75, process.text()
    said = [line for line in process.text().splitlines() if str(site.port) in line]
    assert len(said) == 1 and "in use" in said[0], process.text()


def test_a_second_run_in_the_same_place_is_refused(site):
    first = script(site, SYMBOLS="BTCUSDT")
    wait_announced(first)
    settings = (site.folder / "run/etc/trading.conf").read_text()
    second = script(site, SYMBOLS="ETHUSDT")
    assert second.wait_exit(10) == 75
    assert "is in use: another make run is running" in second.text()
    assert (site.folder / "run/etc/trading.conf").read_text() == settings
    assert dashboard(site)[0] == 200
    assert interrupt(first) == 0


def test_settings_of_ones_own_are_kept_in_conf_d(site):
    own = site.folder / "run/etc/conf.d/own.conf"
    own.parent.mkdir(parents=True)
    own.write_text("[api]\nrows = 123\n")
    process = script(site, SYMBOLS="BTCUSDT")
    wait_announced(process)
    assert "api.rows=123" in tradingctl(site, "settings").stdout
    assert interrupt(process) == 0
    assert own.read_text() == "[api]\nrows = 123\n"


def test_a_place_too_long_for_sockets_gets_another_for_them(site):
    run = site.folder / ("long" * 25)
    process = script(site, SYMBOLS="BTCUSDT", RUN=run, XDG_RUNTIME_DIR=site.folder)
    wait_announced(process)
    assert "is too long for the names of sockets: they are in" in process.text()
    assert dashboard(site)[0] == 200
    assert interrupt(process) == 0


def test_wrong_settings_of_the_run_are_refused_by_name(site):
    process = script(site, SOURCE="kraken")
    assert process.wait_exit(10) == 64
    assert "SOURCE=kraken: expected sim or binance" in process.text()
    process = script(site, SYMBOLS="btc")
    assert process.wait_exit(30) != 0
    assert "marketsim did not start: " in process.text()


# ---- what README says to try, word for word but for the ports ----

README = (places.ROOT / "README.md").read_text()


def section(title):
    return re.search(rf"^## {title}$(.*?)(?=^## )", README, re.M | re.S).group(1)


def to_try(title):
    """The indented blocks of a section."""
    text = re.sub(r"^```.*?^```", "", section(title), flags=re.M | re.S)
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", text, re.M)
    return [textwrap.dedent(block).strip() for block in blocks if block.strip()]


class Newcomer:
    """Stands in a checkout, where `make run` is running, and types what README has."""

    def __init__(self, site):
        self.site, self.checkout = site, site.folder / "checkout"
        (self.checkout / "build/release").mkdir(parents=True)
        (self.checkout / "build/release/bin").symlink_to(places.programs())
        self.alias = next(line for line in "\n".join(to_try("Where the data is")).splitlines()
                          if line.startswith("alias "))
        self.starts()
        wait_until(lambda: self.ask("tradingctl status").returncode == 0, 20, "all is well")

    def starts(self):
        self.process = script(self.site, RUN=self.checkout / "build/run")
        wait_announced(self.process)

    def ask(self, commands):
        return subprocess.run(
            ["sh", "-e", "-c", self.alias + "\n" + commands.replace(":8000", f":{self.site.port}")],
            cwd=self.checkout, env=self.site.environment(), capture_output=True, text=True,
            timeout=30, check=False)

    def types(self, commands):
        done = self.ask(commands)
        assert done.returncode == 0, (commands, done.stdout, done.stderr)
        return done.stdout

    def nothing_is_missing(self):
        return self.ask("tradingctl gaps").stdout.startswith("nothing is missing")

    def leaves(self):
        assert interrupt(self.process) == 0, self.process.text()


def test_what_the_readme_says_of_the_data_is_so(site):
    newcomer = Newcomer(site)
    query, http, shell = to_try("Where the data is")
    wait_until(lambda: len(newcomer.types(query).splitlines()) == 5, 20, "five ticks")
    health = next(line for line in http.splitlines() if line.endswith("/health"))
    health = health.replace("curl ", "curl -fsS ")
    wait_until(lambda: newcomer.ask(health).returncode == 0, 20, "each feed has its first tick")
    for line in http.splitlines():
        answer = newcomer.types(line.replace("curl ", "curl -fsS "))
        if "/metrics" in line:
            assert answer.startswith("# HELP")
        else:
            assert "error" not in json.loads(answer)
    assert "all is well" in newcomer.types(shell)
    for command in re.findall(r"^tradingctl .*", shell, re.M):
        assert newcomer.types(command).strip(), command
    for program in re.findall(r"^```python\n(.*?)^```", README, re.M | re.S):
        (newcomer.checkout / "own.py").write_text(program)
        assert "Z'," in newcomer.types("/usr/bin/python3 own.py")
    tables = {row[1].strip(): (row[3] + "," + row[4]).replace(" ", "").split(",")
              for row in (line.split("|") for line in section("Where the data is").splitlines()
                          if line.startswith("| ")) if ".db" in row[1]}
    assert len(tables) == 3
    for file, names in tables.items():
        path = newcomer.checkout / "build/run/state" / file
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        found = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
                                 " AND name NOT LIKE 'sqlite_%'").fetchall()
        assert sorted(names) == sorted(name for name, in found)
        database.close()
    newcomer.leaves()


def test_what_the_readme_says_of_the_market_is_so(site):
    newcomer = Newcomer(site)
    block, = to_try("What the market does")
    stored_ones, now, curl = block.splitlines()
    wait_until(lambda: "trend_analysis H1" in newcomer.types(stored_ones), 30, "an hour's analyses")
    assert "computed now" in newcomer.types(now)
    answer = json.loads(newcomer.types(curl.replace("curl ", "curl -fsS ")))
    assert answer["data"]["analysis_type"] == "volatility_analysis"
    newcomer.leaves()


def test_what_the_readme_says_of_a_trade_under_watch_is_so(site):
    newcomer = Newcomer(site)
    watch, look, again = to_try("A trade under watch")
    assert "BTCUSDT BUY, ticket 1, is under watch" in newcomer.types(watch)
    wait_until(lambda: "(first), score" in newcomer.ask(look).stdout, 60, "a first check")
    shown = newcomer.types(look)
    assert "missing" not in re.sub(r"(?m)^  (vwap_volume|delta_pressure|  flow) .*", "", shown), shown
    newcomer.types(again)
    assert (newcomer.checkout / "build/run/again.db").stat().st_size > 1_000_000
    assert "prints the table" in section("A trade under watch")
    assert "WARNING_L1" in newcomer.types("build/release/bin/analysisd --print-dtms")
    for word in ("off", "on", "disable 1"):
        newcomer.types(f"tradingctl dtms {word}")
    newcomer.leaves()


def test_what_the_readme_says_of_metatrader_is_so(site):
    newcomer = Newcomer(site)
    allow, look = to_try("MetaTrader 5")
    newcomer.types(allow)
    newcomer.leaves()
    assert "127.0.0.1:9443" in section("MetaTrader 5")
    file = newcomer.checkout / "build/run/etc/conf.d/mt5.conf"
    file.write_text(file.read_text() + "listen = 127.0.0.1:0\n")  # other tests run beside this one
    newcomer.starts()
    status, query = look.split("\n", 1)
    waiting = re.compile(r"^mt5 terminal  waits for its terminal at (\S+)$", re.M)
    address = wait_until(lambda: waiting.search(newcomer.ask(status).stdout), 20, "it listens").group(1)
    token_file = newcomer.checkout / "build/run/etc/mt5.token"
    assert token_file.stat().st_mode & 0o077 == 0
    terminal = Terminal(site, Broker(), token_file.read_text().strip())
    terminal.address = lambda: address
    terminal.broker.advance(1_000)
    terminal.connect()
    terminal.pump()
    wait_until(lambda: "mt5 terminal  account 1001 at" in newcomer.ask(status).stdout, 20, "it is there")
    newest = newcomer.types(query).splitlines()
    assert len(newest) == 5
    assert {line.split("|")[1] for line in newest} <= set(terminal.broker.symbols)
    terminal.leave()
    newcomer.leaves()


def test_what_the_readme_says_of_losing_nothing_is_so(site):
    newcomer = Newcomer(site)
    kill, recording = to_try("Nothing is lost, and how to prove it")
    kill, *looks = kill.splitlines()
    wait_until(newcomer.nothing_is_missing, 30, "the first slot is filled")
    filled = newcomer.process.text().count("[gap-filled]")
    newcomer.types(kill)
    wait_until(lambda: newcomer.process.text().count("[gap-opened]"), 20, "the ids jump")
    wait_until(newcomer.nothing_is_missing, 30, "what was missed is filled")
    assert newcomer.process.text().count("[gap-filled]") > filled
    for line in looks:
        assert "filled" in newcomer.types(line) or "verify: ok" in newcomer.types(line)
    keep, restart, read, play = recording.splitlines()
    newcomer.types(keep)
    newcomer.types(restart)
    frames = newcomer.checkout / "build/run/frames"
    wait_until(lambda: any(file.stat().st_size for file in frames.glob("*.zst")), 20, "a recording")
    wait_until(newcomer.nothing_is_missing, 30, "what was missed by the restart is filled")
    assert re.search(r" [1-9][0-9]* rows read, 0 stored, ", newcomer.types(read))
    play = play.replace("127.0.0.1:9444", "127.0.0.1:0")
    market = site.spawn("marketsim", ["sh", "-c", f"cd {newcomer.checkout} && exec {play}"])
    wait_until(lambda: "marketsim: ws://" in market.text(), 20, "it is played")
    market.stop()
    newcomer.leaves()


def test_the_readmes_settings_are_good(site):
    own = site.folder / "own.conf"
    own.write_text(re.search(r"^```ini\n(.*?)^```", README, re.M | re.S).group(1))
    done = subprocess.run([places.program("tickd"), "-n", "-c", own], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_readme_names_the_libraries_of_the_makefile():
    makefile = (places.ROOT / "Makefile").read_text()
    packages = re.search(r"^PACKAGES := (.*)$", makefile, re.M).group(1)
    told = re.search(r"The\s+libraries are ([^.]*)\.", README).group(1)
    assert sorted(re.findall(r"[a-z0-9]+", told.replace(" and ", " "))) == sorted(packages.split())
