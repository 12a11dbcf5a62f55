"""What the manual says of a trade's states is what analysisd prints, and what was designed."""
import re
import subprocess

import pytest

from harness import places

OPEN = ["HEALTHY", "WARNING_L1", "WARNING_L2", "HEDGED", "RECOVERING"]

# from, to, what the condition must name, the actions in their order, with their figures.
DESIGN = [
    ("any", "CLOSED", ["venue"], ["close_hedge if one is open"]),
    (", ".join(OPEN), "CLOSING", ["CHOCH", "15 bars"], ['close_all "structure broke"']),
    ("HEALTHY", "WARNING_L1", ["<= -2"], ["tighten_sl 0.3 R"]),
    ("WARNING_L1", "HEALTHY", [">= 0"], ["none"]),
    ("WARNING_L1", "WARNING_L2", ["<= -4"], ["partial_close 50 %", "move_sl_breakeven"]),
    ("WARNING_L2", "WARNING_L1", [">= -2"], ["none"]),
    ("WARNING_L2", "HEDGED", ["<= -6", " or ", "2 crosses", "0.65"],
     ["open_hedge 0.5 x current volume 0.5 x ATR14(M15)", "start_flat_timer 4500 s"]),
    ("HEDGED", "WARNING_L2", ["hedge was closed by its own stop"], ["stop_flat_timer"]),
    ("HEDGED", "CLOSING", ["4500 s"], ['close_all "flat timer expired"']),
    ("HEDGED", "RECOVERING", ["BOS", "10 bars", "after state_since"],
     ["close_hedge", "start_recovery_timer 1800 s"]),
    ("RECOVERING", "HEALTHY", ["1800 s", "and score >= +1"],
     ["re_add_position 0.5 x closed volume"]),
    ("RECOVERING", "CLOSING", ["1800 s", "and score < +1"], ['close_all "recovery failed"']),
    ("CLOSING", "CLOSING", ["60 s", "5 times", "alert"], ["close_all"]),
]
MIRRORED = {  # BUY: what SELL says instead
    "< min(low of the 15 bars before) x 0.9975": "> max(high of the 15 bars before) x 1.0025",
    "> max(high of the 10 bars before) x 1.0003": "< min(low of the 10 bars before) x 0.9997",
    "price - 0.3 R": "price + 0.3 R", "slope down": "slope up", "sold share": "bought share",
    "open_hedge SELL": "open_hedge BUY", "above the ask": "below the bid",
    "re_add_position BUY": "re_add_position SELL",
}


@pytest.fixture(scope="module")
def printed():
    """[rows of BUY, rows of SELL], each (from, condition, to, actions)."""
    done = subprocess.run([places.program("analysisd"), "-c", "/nonexistent", "--print-dtms"],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    parts = done.stdout.strip().split("\n\n")
    assert [part.partition(":")[0] for part in parts] == ["BUY", "SELL"]
    return [[tuple(cell.strip() for cell in line.split(" | ")) for line in part.splitlines()[2:]]
            for part in parts]


def lists_of_manual():
    """The tagged lists of the chapter, as rows like those that are printed."""
    text = (places.ROOT / "doc/analysisd.8").read_text()
    chapter = re.search(r"^\.Ss States$(.*?)^\.Ss", text, re.M | re.S).group(1)
    found = []
    for part in re.findall(r"^\.Bl -tag -width Ds$(.*?)^\.El$", chapter, re.M | re.S):
        rows = []
        for item in part.split("\n.It ")[1:]:
            states, _, body = item.partition("\n")
            before, after = states.split(" to ")
            condition, actions = re.fullmatch(r"when (.*): (.*)\.", " ".join(body.split())).groups()
            rows.append((before, condition, after, actions))
        found.append(rows)
    return found


def test_the_manual_tells_the_machine_that_is_printed(printed):
    buy, sell = printed
    told, told_of_sell = lists_of_manual()
    assert told == buy
    assert told_of_sell == [row for row, other in zip(sell, buy) if row != other]


def test_the_machine_that_is_printed_is_the_one_that_was_designed(printed):
    for rows in printed:
        assert len(rows) == len(DESIGN)
        for (before, condition, after, actions), asked in zip(rows, DESIGN):
            assert (before, after) == asked[:2]
            assert all(words in condition for words in asked[2]), condition
            parts = actions.split("; ")
            assert len(parts) == len(asked[3]), actions
            for part, figures in zip(parts, asked[3]):
                assert set(figures.split()) <= set(re.split(r"[\s,]+", part)), part


def test_what_is_printed_of_sell_mirrors_what_is_printed_of_buy(printed):
    buy, sell = printed
    for row, other in zip(buy, sell):
        mirrored = " | ".join(row)
        for of_buy, of_sell in MIRRORED.items():
            mirrored = mirrored.replace(of_buy, of_sell)
        assert mirrored == " | ".join(other)


def test_nothing_else_is_done_where_the_machine_is_printed(site):
    done = site.run("analysisd", "-c", "/nonexistent", "--print-dtms", settings=False)
    assert done.returncode == 0
    assert not site.state.exists() and not site.runtime.exists()
