"""An archive of the exchange into the database, and the proof that it is all there."""
import json
import subprocess
import time

from harness import places, stored
from measurements import place


def timed(site, *arguments):
    started = time.monotonic()
    done = site.tradingctl(*arguments, timeout=900)
    seconds = time.monotonic() - started
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return seconds, done.stdout


def import_and_verify(rows):
    with place("bench") as site:
        site.set("retention", ticks="0", m5_candles="0", changes="0")
        path = site.folder / "BTCUSDT-trades-2024-07.csv"
        with open(path, "wb") as out:
            subprocess.run([places.build() / "tests" / "bench" / "archive", str(rows)], stdout=out,
                           check=True)
        imported, text = timed(site, "import", "--json", path)
        assert json.loads(text)["files"][0]["stored"] == rows, text
        verified, _ = timed(site, "verify")
        quick, _ = timed(site, "verify", "--quick")
        again, text = timed(site, "import", "--json", path)
        assert json.loads(text)["files"][0]["duplicates"] == rows, text
        size = site.database("ticks").stat().st_size
        assert stored.trade_count(site.database("ticks")) == rows
        return {"rows": rows, "import_s": imported, "again_s": again, "verify_s": verified,
                "quick_s": quick, "bytes_a_row": size / rows, "file_bytes": path.stat().st_size}
