"""analysisd --replay FROM TO --into FILE: what is refused before anything is read."""
import pytest

GOOD = ("--replay", "2026-01-31", "2026-02-01")


@pytest.mark.parametrize("arguments, status, words", [
    (GOOD, 64, "--replay needs --into FILE"),
    (("--into", "FILE"), 64, "--into is for --replay FROM TO"),
    (("--replay", "2026-01-31", "--into", "FILE"), 64, "--replay: expected FROM TO"),
    (("--replay", "yesterday", "2026-02-01", "--into", "FILE"), 64,
     "--replay: yesterday: expected a time, as 2026-01-31 or 2026-01-31T23:59:59Z"),
    (("--replay", "2026-01-31", "soon", "--into", "FILE"), 64, "--replay: soon: expected a time"),
    (("--replay", "2026-02-01", "2026-01-31", "--into", "FILE"), 64,
     "--replay: 2026-02-01 is not before 2026-01-31"),
    (("--replay", "2026-02-01", "2026-02-01", "--into", "FILE"), 64, "is not before"),
    ((*GOOD, "--into", ""), 64, "--into: the name of the file is empty"),
    ((*GOOD, "--into", "FILE", "more"), 64, "more: no arguments are expected"),
    ((*GOOD, "--into", "THERE"), 73, "exists already: a replay is written to a new file"),
])
def test_a_replay_that_cannot_be_is_refused_in_one_sentence(site, arguments, status, words):
    there = site.folder / "there.db"
    there.write_text("precious")
    places = {"FILE": site.folder / "new.db", "THERE": there}
    done = site.run("analysisd", *(places.get(word, word) for word in arguments))
    assert done.returncode == status, done
    assert words in done.stderr and done.stderr.count("\n") == 1 and done.stdout == "", done
    assert there.read_text() == "precious" and not places["FILE"].exists()
    assert not site.state.exists() and not site.runtime.exists()


def test_settings_are_checked_without_replaying(site):
    done = site.run("analysisd", "-n", *GOOD, "--into", site.folder / "new.db")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (site.folder / "new.db").exists()
