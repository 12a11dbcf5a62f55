"""What [retention] costs live ticks while it deletes as fast as it can."""
import os
import shutil
import time

from harness import places, stored
from harness.waiting import wait_until
from measurements import Meter, place

SPACING_US = 20_000  # of the old rows: slots of 15 000, as a busy day has


class Old:
    """A database full of rows that are older than any setting keeps."""

    def __init__(self, site, name, retention):
        self.site, self.state, self.retention = site, site.folder / name, retention
        self.rounds = []

    def fill(self, rows):
        self.state.mkdir()
        made = self.site.spawn("fill", [places.build() / "tests" / "bench" / "fill", self.state,
                                        rows, SPACING_US])
        assert made.wait_exit(300) == 0, made.text()
        self.next_id = int(made.text())

    def copy(self, other):
        shutil.copytree(other.state, self.state)
        self.next_id = other.next_id

    def ticks(self):
        return stored.value(self.site.database("ticks"), "SELECT ticks FROM symbols")

    def measure(self, frames, frames_per_second):
        """One round: live ticks at an exact pace into this database."""
        site = self.site
        site.state = self.state
        site.set("paths", state_dir=self.state).set("retention", ticks=self.retention)
        meter = Meter(site, self.next_id, frames, frames_per_second)
        site.set("binance", source="binance")
        before, started = self.ticks(), time.monotonic()
        tickd = site.start("tickd")
        got = meter.result()
        self.next_id += frames
        deleted = before + frames - self.ticks()
        seconds = time.monotonic() - started
        commits = wait_until(lambda: self.commits(frames), 10, "status.json")
        assert tickd.stop() == 0
        self.rounds.append({**got, "commit_p99_us": commits["p99_us"],
                            "deleted_per_second": deleted / seconds, "old_left": self.old()})

    def commits(self, frames):
        commits = self.site.status("tickd").get("commits", {})
        return commits if commits.get("rows", 0) >= frames else None

    def old(self):
        """Is there still something to delete, or did it run out in the round?"""
        return bool(stored.value(self.site.database("ticks"), "SELECT EXISTS (SELECT 1 FROM"
                                 " unified_ticks WHERE time_us < (SELECT frozen_us FROM symbols))"))


def retention(rows, frames, frames_per_second, rounds):
    """[rounds with everything kept], [rounds while it deletes], taken in turns."""
    with place("bench") as site:
        kept, deleted = Old(site, "kept", "0"), Old(site, "deleted", "1d")
        kept.fill(rows)
        deleted.copy(kept)
        for _ in range(rounds):
            for side in (kept, deleted):
                os.sync()
                side.measure(frames, frames_per_second)
        return kept.rounds, deleted.rounds
