"""Every fault in a claim gets one message of its own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.suite import load_suite
from bench.suite.checks import Meaning
from bench.suite.claim_checks import check_claims
from bench.suite.claim_tables import PLACES
from bench.suite.claims import KINDS
from bench.suite.document import Document, parse_document
from bench.suite.problems import show
from tests.suite.claimed import CLAIMED

CROSS, RATIO, ORDER, SLOPE, SAME, SHARE, VALUE = (f"claim[{index}].{kind}" for index, kind in enumerate(KINDS))
TIMES = 'times = {of = "heads", factor = 64, tolerance = 0.25}'
SIDES = 'of = {kernel = "sdpa"}, to = {kernel = "naive"}'
HALF = 'over_half = {axis = "n", below = 512}'
FROM = "from = 100, to = 600, equals = 2"
CROSOVER = show({"axis": "n", "subject": "linear", "baseline": "best", "times": {"of": "heads", "factor": 64}})
AXES = "an axis (kernel, n, scale, part, causal)"
KERNELS = "a value of kernel (naive, sdpa, linear)"

# change (old, new), key, given, start of expected, nearest; the line is that of the first thing that is new
TABLE = [
    # the claim itself
    (('id = "crosses"', 'id = "Crosses 6D"'), "claim[0].id", '"Crosses 6D"',
     "lower-case words joined by '-'", "crosses-6d"),
    (('id = "saves"', 'id = "crosses"'), "claim[1].id", '"crosses"', "an id that no other claim has", None),
    (('text = "It saves more memory than time."\nsource = "a page"', 'text = "It saves more."'), "claim[1].source",
     None,
     "this key, which every [claim] needs", None),
    (('metric = "memory"', 'metric = "Memory"'), "claim[1].metric", '"Memory"',
     "an outcome's name or a stored metric, time, memory or flops: lower-case", "memory"),
    (('metric = "memory"', 'metric = "n"'), "claim[1].metric", '"n"',
     "an outcome's name or a stored metric, time,", None),
    (('metric = "memory"', 'metric = "outcome_knn"'), "claim[1].metric", '"outcome_knn"',
     "an outcome's name or", "knn"),
    (('where = {part = "core"', 'where = {part = "cor"'), "claim[0].where.part", '"cor"', "one of", "core"),
    (('where = {part = "core"', 'where = {n = {at_least = 1e9}, part = "core"'), "claim[0].where.n",
     '{at_least = 1000000000.0}', "a condition that some value of n meets (", None),
    (('where = {part = "core"', 'where = {prt = "core"'), "claim[0].where.prt", '"prt"', AXES, "part"),
    (("crossover = {axis", "crosover = {axis"), "claim[0].crosover", CROSOVER,
     "a known key (id, text, source,", "crossover"),
    (("equality = {" + SIDES + "}", "where = {}"), "claim[4]", None,
     "one of crossover, ratio, order, slope, equality, share, value", None),
    (("equality = {" + SIDES + "}", "equality = {" + SIDES + "}\nvalue = {above = 1}"), "claim[4].value", '"value"',
     f"one of {', '.join(KINDS)} and no more; equality stands in line 58 already", None),
    # bounds and places
    ((TIMES, "above = 6, within = [1, 2]"), f"{CROSS}.within", '"within"',
     "one of above, below, within, times, never and no more; above stands in line 30 already", None),
    ((TIMES, "never = false"), f"{CROSS}.never", "false", "true, or another key", None),
    ((", " + TIMES, ""), CROSS, None, "one of above, below, within, times, never", None),
    ((TIMES, "abov = 6"), f"{CROSS}.abov", "6", "a known key (above, below, within, times, never, axis", "above"),
    ((TIMES, "above = 0"), f"{CROSS}.above", "0", "more than 0", None),
    ((TIMES, "below = inf"), f"{CROSS}.below", "inf", "a finite number", None),
    ((TIMES, 'below = "6"'), f"{CROSS}.below", '"6"', "a number", None),
    (("within = [1, 2e9]", "within = [2, 1]"), f"{VALUE}.within", "[2, 1]", "two numbers, the smaller one first", None),
    (("within = [1, 2e9]", "within = [2, 2]"), f"{VALUE}.within", "[2, 2]", "two numbers, the smaller one first", None),
    (("within = [1, 2e9]", "within = [2]"), f"{VALUE}.within", "[2]", "at least 2 items", None),
    (("within = [1, 2e9]", "within = [1, nan]"), f"{VALUE}.within[1]", "nan", "a finite number", None),
    (("within = [1, 2e9]", "never = true"), f"{VALUE}.never", "true", "a known key (above, below, within, at)", None),
    ((HALF, "below = 1.5"), f"{SHARE}.below", "1.5", "a number between 0 and 1", None),
    ((HALF, "within = [0, 0.5]"), f"{SHARE}.within[0]", "0", "a number between 0 and 1", None),
    ((TIMES, 'times = {of = "head", factor = 64, tolerance = 0.25}'), f"{CROSS}.times.of", '"head"',
     "a numeric axis or a fixed parameter (scale, heads)", "heads"),
    ((TIMES, 'times = {of = "mode", factor = 64, tolerance = 0.25}'), f"{CROSS}.times.of", '"mode"',
     'a fixed parameter that is a number above 0; mode is "forward"', None),
    ((TIMES, 'times = {of = "part", factor = 64, tolerance = 0.25}'), f"{CROSS}.times.of", '"part"',
     "an axis of numbers; part has", None),
    ((TIMES, 'times = {of = "n", factor = 64, tolerance = 0.25}'), f"{CROSS}.times.of", '"n"',
     "another axis than the subject and the one it lies on", None),
    ((TIMES, 'times = {of = "heads", factor = 0, tolerance = 0.25}'), f"{CROSS}.times.factor", "0",
     "greater than 0", None),
    ((TIMES, 'times = {of = "heads", factor = 64, tolerance = 0}'), f"{CROSS}.times.tolerance", "0",
     "greater than 0", None),
    ((TIMES, 'times = {of = "heads", factor = 64, tolerance = 1}'), f"{CROSS}.times.tolerance", "1",
     "less than 1", None),
    ((TIMES, 'times = {of = "heads", factor = 64}'), f"{CROSS}.times.tolerance", None, "this key, which every", None),
    # crossovers
    (('{axis = "n", subject', '{axis = "m", subject'), f"{CROSS}.axis", '"m"', AXES, None),
    (('{axis = "n", subject', '{axis = "part", subject'), f"{CROSS}.axis", '"part"',
     "an axis of numbers; part has", None),
    (('{axis = "n", subject', '{axis = "kernel", subject'), f"{CROSS}.axis", '"kernel"',
     "another axis than the subj", None),
    (('subject = "linear"', 'subject = "linaer"'), f"{CROSS}.subject", '"linaer"', KERNELS, "linear"),
    (('subject = "linear"', 'subject = "naive"'), f"{CROSS}.subject", '"naive"',
     "a value that this claim's where admits", None),
    (('baseline = "best"', 'baseline = "bets"'), f"{CROSS}.baseline", '"bets"',
     f"a baseline of a crossover along n (best) or {KERNELS}", "best"),
    (('baseline = "best"', 'baseline = "naive"'), f"{CROSS}.baseline", '"naive"',
     "a value that this claim's where", None),
    (('baseline = "best"', 'baseline = "linear"'), f"{CROSS}.baseline", '"linear"',
     "a baseline without linear, the", None),
    (('subject = "linear"', 'subject = "sdpa"'), f"{CROSS}.baseline", '"best"', "a baseline without sdpa, the", None),
    (('where = {part = "core", kernel = {not = "naive"}}', 'where = {kernel = "linear"}'), f"{CROSS}.baseline",
     '"best"',
     "a baseline with a member that this claim's where admits", None),
    # ratios and equality
    (('below_ratio_of = "time"', 'below_ratio_of = "memory"'), f"{RATIO}.below_ratio_of", '"memory"',
     "another metric than the claim's own", None),
    (('below_ratio_of = "time"', 'below_ratio_of = "Time"'), f"{RATIO}.below_ratio_of", '"Time"',
     "an outcome's name", "time"),
    ((', below_ratio_of = "time"', ""), RATIO, None, "one of above, below, within, below_ratio_of", None),
    (("at = {n = 1024}", "at = {n = 1000}"), f"{RATIO}.at.n", "1000", "one of 64, 128, 256, 512, 1024, 2048", None),
    (("at = {n = 1024}", "at = {m = 1024}"), f"{RATIO}.at.m", '"m"', AXES, None),
    (("at = {n = 1024}", 'at = {kernel = "naive"}'), f"{RATIO}.at.kernel", '"kernel"',
     "another axis than kernel,", None),
    ((SIDES, 'of = {kernel = "spda"}, to = {kernel = "naive"}'), f"{SAME}.of.kernel", '"spda"', "one of", "sdpa"),
    ((SIDES, 'of = {kernel = "sdpa"}, to = {part = "core"}'), f"{SAME}.to", '{part = "core"}',
     "values of the same axes as of (kernel)", None),
    ((SIDES, 'of = {kernel = "sdpa"}, to = {kernel = "sdpa"}'), f"{SAME}.to", '{kernel = "sdpa"}',
     "another case than of", None),
    ((SIDES, 'of = {}, to = {kernel = "sdpa"}'), f"{SAME}.of", "{}", "at least 1 item", None),
    ((SIDES, SIDES + ", band = 0"), f"{SAME}.band", "0", "greater than 0", None),
    # orders and slopes
    (('"linear", "sdpa", "naive"]', '"linear", "sdp", "naive"]'), f"{ORDER}.values[1]", '"sdp"', "one of", "sdpa"),
    (('values = ["linear", "sdpa", "naive"]', 'values = ["linear"]'), f"{ORDER}.values", '["linear"]',
     "at least 2 items", None),
    (('["linear", "sdpa", "naive"]', '["linear", "sdpa", "linear"]'), f"{ORDER}.values[2]", '"linear"',
     "each name once", None),
    (('at = {part = "layer"}', 'at = {kernel = "sdpa"}'), f"{ORDER}.at.kernel", '"kernel"',
     "another axis than kernel,", None),
    (('{axis = "n", from', '{axis = "part", from'), f"{SLOPE}.axis", '"part"', "an axis of numbers; part has", None),
    ((FROM, "from = 600, to = 100, equals = 2"), f"{SLOPE}.to", "100", "more than from = 600", None),
    ((FROM, "from = 600, to = 1000, equals = 2"), SLOPE, '{axis = "n", from = 600, to = 1000, equals = 2}',
     "a range with at least two values of n (64, 128, 256, 512, 1024, 2048)", None),
    ((FROM, "from = 0, equals = 2"), f"{SLOPE}.from", "0", "greater than 0", None),
    ((FROM, "equals = 2, above = 1"), f"{SLOPE}.above", '"above"',
     "one of equals, above, below, within and no more", None),
    ((FROM, "above = 1, tolerance = 0.1"), f"{SLOPE}.tolerance", "0.1",
     "equals beside it: a tolerance is around", None),
    ((FROM, "equals = 1, tolerance = 0"), f"{SLOPE}.tolerance", "0", "greater than 0", None),
    ((FROM, "frm = 100, equals = 2"), f"{SLOPE}.frm", "100",
     "a known key (above, below, within, axis, from, to,", "from"),
    # shares
    (('part = "core", whole', 'part = "cre", whole'), f"{SHARE}.part", '"cre"', 'one of "layer", "core"', "core"),
    (('part = "core", whole', 'part = "layer", whole'), f"{SHARE}.part", '"layer"', "a part, not the whole", None),
    (('{axis = "part", part', '{axis = "kernel", part'), f"{SHARE}.axis", '"kernel"',
     "another axis than the subject", None),
    ((HALF, HALF + ", above = 0.5"), f"{SHARE}.above", '"above"',
     "one of above, below, within, over_half, under_half and", None),
    ((HALF, 'over_half = {axis = "part", below = 512}'), f"{SHARE}.over_half.axis", '"part"',
     "another axis than part,", None),
    ((HALF, 'under_half = {axis = "n"}'), f"{SHARE}.under_half", None,
     "one of above, below, within, times, never", None),
    ((HALF, 'at = {n = 64}, ' + HALF), f"{SHARE}.over_half.axis", '"n"', "another axis than part, n,", None),
]  # fmt: skip

# What is missing is reported where its table begins; a baseline that a condition leaves out is, and not the condition.
LINES_APART = {"claim[1].source": -2, "claim[4]": -5, "claim[4].value": 1, "where": 1}


@pytest.mark.parametrize(
    ("change", "key", "given", "expected", "near"), TABLE, ids=[f"{row[1]}-{row[0][1][:40]}" for row in TABLE]
)
def test_one_fault(write, problems, change, key, given, expected, near) -> None:
    path = write(change, text=CLAIMED)
    found = {problem.key: problem for problem in problems(path)}
    problem = found[key]
    apart = LINES_APART.get("where" if key == f"{CROSS}.baseline" and "where" in change[0] else key, 0)
    line = CLAIMED[: CLAIMED.index(change[0])].count("\n") + 1 + apart
    assert (problem.file, problem.line, problem.nearest) == (str(path), line, near)
    assert problem.given == given
    assert problem.expected.startswith(expected)
    assert len(found) == 1, "one mistake, one line"


def test_where_outcomes_are_measured_a_misspelt_metric_is_taken_for_one(write) -> None:
    assert (
        load_suite(write(('metric = "time"\nwhere', 'metric = "tme"\nwhere'), text=CLAIMED)).claims[0].metric == "tme"
    )


def test_a_stored_metric_must_be_measured(write, problems) -> None:
    few = ('["time", "memory", "flops", "outcome"]', '["time"]')
    found = {problem.key: problem.expected for problem in problems(write(few, text=CLAIMED))}
    assert list(found) == [
        "claim[1].metric",
        "claim[2].metric",
        "claim[3].metric",
        "claim[4].metric",
        "claim[6].metric",
    ]
    assert found["claim[1].metric"] == 'a metric that is measured: "memory" among the metrics of [measure]'
    assert found["claim[2].metric"].endswith('an outcome needs "outcome" among the metrics of [measure]')


def test_all_at_once(write, problems) -> None:
    path = write(
        ('id = "crosses"', 'id = "Crosses"'),
        ('subject = "linear"', 'subject = "lineal"'),
        ("at = {n = 1024}", "at = {n = 1000}"),
        ("equals = 2}", "equals = 2, below = 1}"),
        ('part = "core", whole', 'part = "cor", whole'),
        text=CLAIMED,
    )
    assert [(problem.line, problem.key) for problem in problems(path)] == [
        (25, "claim[0].id"),
        (30, f"{CROSS}.subject"),
        (37, f"{RATIO}.at.n"),
        (51, f"{SLOPE}.below"),
        (65, f"{SHARE}.part"),
    ]


@given(st.lists(st.sampled_from(PLACES), unique=True))
def test_a_place_is_told_once(words) -> None:
    told = {"above": "above = 1", "below": "below = 2", "within": "within = [1, 2]", "never": "never = true",
            "times": 'times = {of = "d", factor = 1, tolerance = 0.1}'}  # fmt: skip
    place = ", ".join(['axis = "n"', 'subject = "a"', 'baseline = "b"', *(told[word] for word in words)])
    text = f'[suite]\nsubject = "k"\n[fixed]\nd = 64\n[[claim]]\nid = "x"\nmetric = "time"\ncrossover = {{{place}}}\n'
    found = check_claims(parse_document(text, "x.toml"), Meaning(axes={"k": ("a", "b"), "n": (1, 2)}))
    expected = ["claim[0].crossover"] if not words else [f"claim[0].crossover.{word}" for word in words[1:]]
    assert [(problem.line, problem.key) for problem in found] == [(8, key) for key in expected]


@given(st.floats(-2, 2), st.floats(-2, 2), st.sampled_from(["ratio", "share", "value"]))
def test_a_range_is_one_that_can_be_met(low: float, high: float, kind: str) -> None:
    named = {"ratio": 'of = {k = "a"}, to = {k = "b"}, ', "share": 'axis = "p", part = "a", whole = "b", ', "value": ""}
    text = f'[[claim]]\nid = "x"\nmetric = "time"\n{kind} = {{{named[kind]}within = [{low!r}, {high!r}]}}\n'
    meaning = Meaning(axes={"k": ("a", "b"), "p": ("a", "b")})
    found = check_claims(parse_document(text, "x.toml"), meaning)
    least, most = {"ratio": (0, 9), "share": (0, 1), "value": (-9, 9)}[kind]
    assert (not found) == (low < high and least < low and high < most)


@given(st.text(max_size=12))
def test_ids_are_kebab_case(name: str) -> None:
    document = Document("x.toml", "", {"claim": [{"id": name, "value": {"above": 1}}]}, {})
    right = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) is not None
    assert (not check_claims(document, Meaning())) == (right or not name)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["n", "x", "k", "a", "best", "d", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "k", "of", "at_most"]), inner),
    max_leaves=5,
)
WORDS = [*PLACES, "axis", "subject", "baseline", "of", "to", "at", "from", "equals", "tolerance", "values", "part",
         "whole", "over_half", "under_half", "below_ratio_of"]  # fmt: skip
TABLES = st.dictionaries(st.sampled_from(WORDS), JUNK, max_size=8)
CLAIMS = st.fixed_dictionaries(
    {}, optional={"id": JUNK, "metric": JUNK, "where": JUNK, **{kind: TABLES | JUNK for kind in KINDS}}
)


@given(CLAIMS, CLAIMS, JUNK)
def test_any_shape_is_checked_without_a_crash(one, other, content) -> None:
    data = {
        "suite": {"subject": "k"},
        "fixed": {"d": 64, "n": content},
        "crossover": [{"axis": "n", "baselines": [{"name": "best", "members": ["a"]}, content]}, content],
        "presets": {"quick": content},
        "claim": [one, other],
    }
    check_claims(Document("x.toml", "", data, {}), Meaning(axes={"n": (1, 2), "x": (0, 3), "k": ("a", True), "p": ()}))
