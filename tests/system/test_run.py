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
import urllib.request

import pytest

from harness import places
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
    assert database.execute("SELECT source, symbol FROM symbols ORDER BY symbol").fetchall() == [
        ("sim", "BTCUSDT"), ("sim", "ETHUSDT")]
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
