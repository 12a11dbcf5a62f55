"""scripts/layers sees what it promises to see."""
import shutil
import subprocess

import pytest

from harness import places

FOLDERS = ("common", "tickd", "analysisd", "logd", "supervisor", "tradingctl", "marketsim")


@pytest.fixture
def tree(tmp_path):
    """A copy of the sources, to be spoilt."""
    for folder in FOLDERS:
        shutil.copytree(places.ROOT / folder, tmp_path / folder,
                        ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "scripts").mkdir()
    for name in ("layers", "layers.order"):
        shutil.copy(places.ROOT / "scripts" / name, tmp_path / "scripts")
    return tmp_path


def layers(tree):
    done = subprocess.run([tree / "scripts/layers"], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def append(path, line):
    with open(path, "a") as file:
        file.write(line + "\n")
    return len(path.read_text().splitlines())


def test_the_tree_as_it_is_keeps_its_layers(tree):
    assert layers(tree) == (0, ["layers: ok"])


@pytest.mark.parametrize("file, include, words", [
    ("common/tick.h", "tickd/store/ring.h", "common/ must not include tickd/store/ring.h"),
    ("logd/routes.h", "tickd/store/ring.h", "logd/ must not include tickd/store/ring.h"),
    ("tradingctl/columns.h", "tradingctl/verify_symbol.h", "comes after tradingctl/columns"),
    ("common/lease.h", "problem.h", "is not written from the root of the tree"),
])
def test_an_include_that_turns_back_is_named_with_its_line(tree, file, include, words):
    line = append(tree / file, f'#include "{include}"')
    status, said = layers(tree)
    assert status == 1 and said[-1] == "layers: 1 violations"
    assert said[0].startswith(f"{file}:{line}: ") and words in said[0]


def test_a_file_without_a_place_and_a_place_without_a_file_are_named(tree):
    (tree / "common/stray.c").touch()
    number = append(tree / "scripts/layers.order", "tickd: nothing")
    status, said = layers(tree)
    assert status == 1
    assert "common/stray.c:1: has no stage in scripts/layers.order" in said
    assert (f"scripts/layers.order:{number}: tickd/nothing is named, but there is no such file"
            in said)
