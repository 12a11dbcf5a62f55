"""The dashboard in a real Chromium, over the whole stack with a simulated market."""
import json
import os
import shutil
import subprocess
import urllib.parse

import pytest

from harness import places, stored
from harness.market import Market
from harness.waiting import wait_until

HERE = places.ROOT / "tests/browser"
MODULES = places.ROOT / "build/browser"  # npm works on a copy of the two package files
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"]


@pytest.fixture(scope="session")
def browser_modules():
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip(f"no browser: {CHROMIUM} does not exist (CHROMIUM names another)")
    MODULES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        if not (MODULES / name).exists() or (MODULES / name).read_text() != (HERE / name).read_text():
            shutil.rmtree(MODULES / "node_modules", ignore_errors=True)
            shutil.copy(HERE / name, MODULES)
    if not (MODULES / "node_modules/playwright-core").is_dir():
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=MODULES,
                              capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            pytest.skip(f"npm cannot fetch playwright-core: {done.stderr.strip()[-300:]}")
    return MODULES


def look(scenario, site, modules, *arguments):
    """Runs one scenario of dashboard.mjs; what it saw."""
    pictures = places.build() / "test-logs" / "dashboard"
    pictures.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["node", HERE / "dashboard.mjs", scenario, f"http://127.0.0.1:{site.port}/", modules, pictures,
         CHROMIUM, *map(str, arguments)], capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def start_stack(site):
    market = Market(site, "--symbols", ",".join(SYMBOLS), "--rate", "400", "--history", "2d")
    site.set("binance", symbols=",".join(SYMBOLS), history="1d", **market.settings())
    site.start_stack()
    wait_until(lambda: len(stored.candles(site.database("ticks"), "XRPUSDT")) > 250, 60, "history is there")
    wait_until(lambda: site.get("/health")[0] == 200, 60, "all is well")


def assert_quiet_and_local(saw, site):
    assert saw["pageErrors"] == [] and saw["consoleErrors"] == []
    hosts = {urllib.parse.urlsplit(asked).netloc for asked in saw["requests"]}
    assert hosts == {f"127.0.0.1:{site.port}"}


def test_the_page_shows_processes_symbols_and_candles(site, browser_modules):
    start_stack(site)
    saw = look("desktop", site, browser_modules)
    assert_quiet_and_local(saw, site)
    assert saw["verdict"] == "all is well"
    processes = {process["name"]: process for process in saw["processes"]}
    assert list(processes) == ["trading-supervisor", "tickd", "analysisd", "logd"]
    assert {process["state"] for process in processes.values()} == {"running"}
    assert processes["tickd"]["figures"][1] == "0", "no restarts"
    rows = {row[0].removesuffix("sim"): row for row in saw["symbols"]}
    assert set(rows) == set(SYMBOLS)
    for row in rows.values():
        assert float(row[1].replace(",", "")) > 0 and float(row[3].replace(",", "")) > 0, row
        assert row[5].endswith(" s") or row[5].endswith(" ms"), row
    assert len(saw["databases"]) == 3 and all("ok" in database for database in saw["databases"])
    assert "live" in saw["feeds"][0]
    for chart in ("chart", "chartM15", "chartDark"):
        assert saw[chart]["candlePixels"] > 500 and saw[chart]["colours"] > 10, (chart, saw[chart])
    assert saw["last"] != "" and saw["chosen"] == "ETHUSDT · M15"
    assert saw["theme"] == "dark" and saw["darkGround"] == "rgb(13, 18, 24)"
    assert saw["follows"] is True
    assert saw["heights"][0] == saw["heights"][1], "the page grows by itself"


def test_the_page_fits_a_phone(site, browser_modules):
    start_stack(site)
    saw = look("phone", site, browser_modules)
    assert_quiet_and_local(saw, site)
    assert saw["width"] == 390
    assert saw["chart"]["candlePixels"] > 200


def test_the_page_says_so_when_logd_is_gone_and_goes_on_when_it_is_back(site, browser_modules):
    site.set("binance", symbols="BTCUSDT")
    logd = site.start("logd")
    saw = look("outage", site, browser_modules, logd.pid, places.program("logd"), site.file)
    assert saw["before"].endswith("need attention")  # logd alone: the others are missing
    assert saw["during"].startswith("logd does not answer") and saw["offline"] is True
    assert saw["after"].endswith("need attention") and saw["onlineAgain"] is True
    assert saw["pageErrors"] == []
    assert {urllib.parse.urlsplit(asked).netloc for asked in saw["requests"]} == {f"127.0.0.1:{site.port}"}
