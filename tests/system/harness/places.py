"""Where things are: the tree, the programs under test, the captures that stand beside the tree."""
import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


def programs():
    """The folder with the programs under test: TRADING_BIN or the release build."""
    return pathlib.Path(os.environ.get("TRADING_BIN", ROOT / "build/release/bin")).resolve()


def program(name):
    path = programs() / name
    if not path.exists():
        pytest.fail(f"{path} is not built", pytrace=False)
    return path


def build():
    """The build folder (build/MODE) that the programs belong to."""
    return programs().parent


def shared_data():
    """The captures and golden candles; the test is skipped where there are none."""
    shared = pathlib.Path(os.environ.get("TRADING_SHARED", ROOT.parent / "shared"))
    data = shared / "data" / "binance_spot_btcusdt"
    if not data.is_dir():
        pytest.skip(f"no captures: {data} does not exist (TRADING_SHARED names the folder)")
    return data


def long_run():
    """True in make test-long."""
    return os.environ.get("TRADING_LONG", "0") not in ("", "0")
