"""Fixtures of the system tests: a site for each test, markets to feed it, and the last look."""
import re

import pytest

from harness import logs, places
from harness.processes import CRASHES
from harness.site import Site
from harness.waiting import wait_until as wait_for_condition


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.failed_in_call = outcome.get_result().failed


@pytest.fixture
def site(request):
    """Folders, settings and processes of one test; everything is ended and looked at after it."""
    place = Site(re.sub(r"[^A-Za-z0-9_.-]+", "_", request.node.name))
    yield place
    left = place.close()
    faults = [line for log in sorted(place.logs.iterdir()) for line in logs.faults(log)]
    faults += [f"{process.name} crashed ({process.popen.returncode})"
               for process in place.processes if process.popen.returncode in CRASHES]
    if left or faults or getattr(request.node, "failed_in_call", False):
        print(f"logs are kept in {place.keep_logs()}")
        for process in place.processes:
            print(f"---- {process.log.name} (exit {process.popen.returncode})")
            print(logs.tail(process.log))
    place.remove()
    assert not left, f"still running after the test: {left}"
    assert not faults, "\n".join(faults)


@pytest.fixture
def wait_until():
    return wait_for_condition


@pytest.fixture
def bin_dir():
    return places.programs()


@pytest.fixture
def captures():
    """The two captured files, in order."""
    data = places.shared_data()
    return [data / "btcusdt_20240808.gz", data / "btcusdt_20240809.gz"]
