"""Names in figures: short, on one line, and different where they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.report.figures.marks import leftwards
from bench.report.figures.names import short_forms
from bench.report.figures.style import CHALLENGERS, STANDARDS, looks


def test_short_names_stay_and_long_ones_lose_their_middle() -> None:
    names = ["SDPA", "PyTorch Metric Learning NTXentLoss", "two\nlines"]
    assert short_forms(names) == {
        "SDPA": "SDPA",
        "PyTorch Metric Learning NTXentLoss": "PyTorch Metric…NTXentLoss",
        "two\nlines": "two lines",
    }


def test_the_end_of_a_name_is_not_cut_inside_a_word() -> None:
    # Seven letters from the end would make float16 of it.
    assert short_forms(["autocast to bfloat16"], 16) == {"autocast to bfloat16": "autocas…bfloat16"}
    assert short_forms(["x" * 40], 11) == {"x" * 40: "xxxxx…xxxxx"}


def test_what_tells_two_names_apart_is_kept() -> None:
    names = [
        f"linear attention, causal, forward and backward, n = {n}, D = 64, float32, 4 threads" for n in (1024, 2048)
    ]
    assert list(short_forms(names, 40).values()) == [
        "linear attentio…n = 1024…4 threads",
        "linear attentio…n = 2048…4 threads",
    ]


def test_names_that_differ_in_two_places_are_cut_part_by_part() -> None:
    # 27 letters of the middle are too many for 30: it gets 14, seven before the ellipsis and six behind it.
    names = [f"a b, test_foreign.py::test_{who}, n = {n}" for who in ("sort", "join") for n in ("1000", "10000")]
    assert list(short_forms(names, 30).values()) == [
        "a b, test_fo…t_sort, n = 1000",
        "a b, test_fo…t_sort, n = 10000",
        "a b, test_fo…t_join, n = 1000",
        "a b, test_fo…t_join, n = 10000",
    ]


def test_the_rest_of_a_number_is_not_shown() -> None:
    names = [f"{'x' * 30} {who} {'y' * 30} 4096" for who in ("one", "two")]
    assert list(short_forms(names, 12).values()) == ["xxxx…one…", "xxxx…two…"]


def test_names_that_differ_in_too_many_places_are_numbered() -> None:
    names = ["a" * 30 + "x" + "b" * 30 + one + "c" * 30 for one in "12"] + ["a" * 30 + "y" + "b" * 30 + "1" + "c" * 30]
    assert len(set(short_forms(names, 8).values())) == 3


@given(
    st.lists(st.text("ab ,=1", max_size=30), max_size=8).map(lambda names: ["n = 1, " * 4 + name for name in names]),
    st.integers(12, 40),
)
def test_names_that_differ_stay_different_and_fit(names: list[str], most: int) -> None:
    short = short_forms(names, most)
    lines = {" ".join(name.split()) for name in names}
    assert len(set(short.values())) == len(lines)
    assert all(len(form) <= most for form in short.values())


def test_no_two_subjects_share_colour_and_marker() -> None:
    subjects = [f"s{number}" for number in range(40)]
    # Three standards in between once brought colours and markers of others into step.
    found = looks(subjects, ["s2", "s3", "s4", "s20"])
    assert len({(look.colour, look.marker) for look in found.values()}) == 40
    assert {found[name].colour for name in ("s2", "s3", "s4")} == set(STANDARDS)
    assert [found[name].colour for name in ("s0", "s1", "s5")] == list(CHALLENGERS[:3])


def test_the_first_looks_stay_as_they_are() -> None:
    found = looks(["a", "b", "c"], [])
    assert [(look.colour, look.marker) for look in found.values()] == list(zip(CHALLENGERS, "os^", strict=False))


def test_a_mark_s_text_stands_where_it_covers_less() -> None:
    # A text of 30 points beside a line at 50 of 100; its row is from 3 to 11.75 points above the axis.
    assert leftwards(50, 3, 30, [(60, 5), (70, 5)], 100) is True
    assert leftwards(50, 3, 30, [(40, 5), (60, 5), (45, 5)], 100) is False
    assert leftwards(50, 3, 30, [(60, 20)], 100) is False
    assert leftwards(70, 3, 30, [], 100) is True
    # No room on the one side, or on both.
    assert leftwards(20, 3, 30, [(30, 5)], 100) is False
    assert leftwards(80, 3, 30, [(60, 5)], 100) is True
