"""Every fault in a hypothesis, a law, a map or a trend gets one message of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.suite.checks import Meaning
from bench.suite.declarations import check_declarations
from bench.suite.document import Document, parse_document
from tests.suite.conftest import DECLARED, compared

H1 = "hypothesis[0]"

# change (old, new), line, key, given, start of expected, nearest
TABLE = [
    # keys and types
    (('x_above = 1e-9', 'xabove = 1e-9'), 29, "law[0].xabove", "1e-09", "a known key (id, title,", "x_above"),
    (('id = "H1"', 'id = "H 1"'), 49, f"{H1}.id", '"H 1"', "letters, digits, '.'", None),
    (('id = "rounding"\n', ""), 17, "law[0].id", None, "this key, which every [law] needs", None),
    (('is = "below"', 'is = "bellow"'), 56, f"{H1}.asked[0].is", '"bellow"', 'one of "above", "below", "equal"',
     "below"),
    (('is = "below"', 'relation = "below"'), 56, f"{H1}.asked[0].relation", '"below"', "a known key (left, is, right)",
     None),
    (("margin = 0.01", "margin = -0.01"), 53, f"{H1}.margin", "-0.01", "greater than or equal to 0", None),
    (("margin = 0.01", "margin = inf"), 53, f"{H1}.margin", "inf", "a finite number", None),
    (("above = 4\n", "above = 4\ntolerance = 0\n"), 28, "law[0].tolerance", "0", "greater than 0", None),
    (("float16 = 1e-3", "float16 = 0"), 26, "law[0].scale.float16", "0", "greater than 0", None),
    (("float16 = -0.5", 'float16 = "-0.5"'), 25, "law[0].slope.float16", '"-0.5"', "a finite number", None),
    (("float16 = -0.5", "float16 = nan"), 25, "law[0].slope.float16", "nan", "a finite number", None),
    (("slope = {float32 = 1, float16 = -0.5}", "slope = true"), 25, "law[0].slope", "true",
     "a finite number, or a table of them by value of dtype", None),
    (("slope = {float32 = 1, float16 = -0.5}", "slope = {}"), 25, "law[0].slope", "{}", "a finite number, or", None),
    (("seeds = 5", "seeds = 0"), 15, "measure.seeds", "0", "greater than or equal to 1", None),
    (("measure = {seeds = 2}", "measure = {seeds = 2.5}"), 69, "presets.quick.measure.seeds", "2.5", "a whole number",
     None),
    (('metrics = ["outcome"', 'metrics = ["outcom"'), 14, "measure.metrics[0]", '"outcom"', "one of", "outcome"),
    # ids
    (("[[map]]", '[[law]]\nid = "rounding"\n[[map]]'), 34, "law[1].id", '"rounding"', "an id that no other law has",
     None),
    (("[labels]", '[[trend]]\nid = "along"\n[labels]'), 64, "trend[1].id", '"along"', "an id that no other trend",
     None),
    # axes
    (('split = "dtype"', 'split = "dtyp"'), 24, "law[0].split", '"dtyp"', "an axis (kernel, n, causal,", "dtype"),
    (('split = "dtype"', 'split = "n"'), 24, "law[0].split", '"n"', "another axis than x", None),
    (('panels = "kernel"', 'panels = "kernl"'), 39, "map[0].panels", '"kernl"', "an axis", "kernel"),
    (('panels = "kernel"', 'panels = "n"'), 39, "map[0].panels", '"n"', "another axis than x", None),
    (('y = "dtype"', 'y = "n"'), 38, "map[0].y", '"n"', "another axis than x", None),
    (('lines = "kernel"', 'lines = "n"'), 46, "trend[0].lines", '"n"', "another axis than x", None),
    (('lines = "kernel"', 'lines = "kernel"\npanels = "kernel"'), 47, "trend[0].panels", '"kernel"',
     "another axis than lines", None),
    (('value = "knn"\nx = "n"', 'value = "knn"\nx = "causal"'), 45, "trend[0].x", '"causal"', "an axis of numbers",
     None),
    (('value = "knn"\nx = "n"', 'value = "knn"\nx = "lost"'), 45, "trend[0].x", '"lost"', "an axis (", None),
    (('x = "n"\ny = "lost"', 'x = "causal"\ny = "lost"'), 22, "law[0].x", '"causal"', "an axis of numbers", None),
    # quantities
    (('y = "lost"', 'y = "scale"'), 23, "law[0].y", '"scale"', "an outcome's name or a stored metric, not an axis",
     None),
    (('x = "n"\ny = "lost"', 'x = "lost"\ny = "lost"'), 23, "law[0].y", '"lost"', "another quantity than x", None),
    (('y = "lost"', 'y = "Lost"'), 23, "law[0].y", '"Lost"', "an outcome's name or a stored metric: lower-case", None),
    (('y = "lost"', 'y = "outcome_lost"'), 23, "law[0].y", '"outcome_lost"',
     "an outcome's name or a stored metric; an outcome goes without 'outcome_'", "lost"),
    (('y = "lost"', 'y = "peak_tensor_bytes"'), 23, "law[0].y", '"peak_tensor_bytes"',
     'a metric that is measured: "memory" among', None),
    (('metric = "knn"', 'metric = "time"'), 52, f"{H1}.metric", '"time"', "an outcome's name, not a stored metric",
     None),
    (('metric = "knn"', 'metric = "n"'), 52, f"{H1}.metric", '"n"', "an outcome's name, not an axis", None),
    (('metrics = ["outcome", "time"]', 'metrics = ["time"]'), 23, "law[0].y", '"lost"',
     "an outcome's name or a stored metric; an outcome needs \"outcome\" among the metrics of [measure]", None),
    # values
    (("slope = {float32", "slope = {flot32"), 25, "law[0].slope.flot32", '"flot32"',
     "a value of dtype (float32, float16)", "float32"),
    (("scale = {float32", "scale = {flot32"), 26, "law[0].scale.flot32", '"flot32"', "a value of dtype", "float32"),
    (("below = 0.3", "below = 0.004"), 28, "law[0].below", "0.004",
     "more than above times scale.float16, which is 0.004", None),
    (('where = {kernel = "naive", n', 'where = {kernel = "nave", n'), 30, "law[0].where.kernel", '"nave"', "one of",
     "naive"),
    (('where = {kernel = "naive", n', 'where = {kernl = "naive", n'), 30, "law[0].where.kernl", '"kernl"', "an axis",
     "kernel"),
    (("where = {n = {at_most = 128}}", "where = {n = {atmost = 128}}"), 54, f"{H1}.where.n.atmost", "128",
     "a known key", "at_most"),
    (('{axis = "kernel", values', '{axis = "kernal", values'), 31, "law[0].compare.axis", '"kernal"', "an axis",
     "kernel"),
    (('{axis = "kernel", values = ["sdpa"]', '{axis = "causal", values = [true]'), 31, "law[0].compare.axis",
     '"causal"', "an axis that this law's where names", None),
    (('{axis = "kernel", values = ["sdpa"]', '{axis = "dtype", values = ["float16"]'), 31, "law[0].compare.axis",
     '"dtype"', "another axis than split", None),
    (('values = ["sdpa"]', 'values = [\n"sdpa",\n"linaer"]'), 33, "law[0].compare.values[1]", '"linaer"', "one of",
     "linear"),
    (('values = ["sdpa"]', 'values = ["naive"]'), 31, "law[0].compare.values[0]", '"naive"',
     "a value that this law's where leaves out", None),
    (('values = ["sdpa"]', "values = []"), 31, "law[0].compare.values", "[]", "at least 1 item", None),
    # comparisons
    (compared('kernel = "nave", dtype = "float32"', 'kernel = "sdpa", dtype = "float32"'), 62,
     f"{H1}.rejected[0].left.kernel", '"nave"', 'one of "naive", "sdpa", "linear"', "naive"),
    (compared('kernel = "naive", dtype = "float32"', 'kernl = "sdpa", dtype = "float32"'), 62,
     f"{H1}.rejected[0].right.kernl", '"kernl"', "an axis (", "kernel"),
    (compared('kernel = ["naive"], dtype = "float32"', 'kernel = "sdpa", dtype = "float32"'), 62,
     f"{H1}.rejected[0].left.kernel", '["naive"]', "one of", "naive"),
    (compared("causal = 1", "causal = false"), 62, f"{H1}.rejected[0].left.causal", "1", "one of false, true", None),
    (compared("n = 65", "n = 64"), 62, f"{H1}.rejected[0].left.n", "65", "one of 64, 128, 256", None),
    (compared("n = 256", "n = 64"), 62, f"{H1}.rejected[0].left.n", "256",
     "a value that this hypothesis's where admits", None),
    (compared("scale = 1", "scale = 1.0"), 62, f"{H1}.rejected[0].right", "{scale = 1.0}", "another case than left",
     None),
    (compared("", "n = 64"), 62, f"{H1}.rejected[0].left", "{}", "at least 1 item", None),
    (compared('kernel = "naive"', 'kernel = "sdpa", dtype = "float32"'), 62, f"{H1}.rejected[0].left",
     '{kernel = "naive"}', "also dtype, which other comparisons here name", None),
    (("supported = [", "supported = []\nsource = ["), 48, H1, None, "at least one comparison under rejected or", None),
    # labels
    (('lost = "', 'linaer = "'), 64, "labels.linaer", '"linaer"', "the name of an axis", "linear"),
    (('accuracy_after = "', 'Accuracy = "'), 65, "labels.Accuracy", '"Accuracy"', "the name of an axis", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "line", "key", "given", "expected", "near"), TABLE, ids=[f"{row[2]}-{row[3]}" for row in TABLE]
)
def test_one_fault(write, problems, change, line, key, given, expected, near) -> None:
    path = write(change, text=DECLARED)
    found = {problem.key: problem for problem in problems(path)}
    problem = found[key]
    assert (problem.file, problem.line, problem.given) == (str(path), line, given)
    assert problem.expected.startswith(expected)
    assert problem.nearest == near


def test_all_at_once(write, problems) -> None:
    path = write(
        ('split = "dtype"', 'split = "dtyp"'),
        ('lines = "kernel"', 'lines = "kernl"'),
        ("margin = 0.01", "margin = -1"),
        ('is = "above"', 'is = "abov"'),
        text=DECLARED,
    )
    assert [(problem.line, problem.key) for problem in problems(path)] == [
        (24, "law[0].split"),
        (46, "trend[0].lines"),
        (53, f"{H1}.margin"),
        (59, f"{H1}.supported[0].is"),
    ]


def test_without_outcomes_a_metric_is_meant(write, problems) -> None:
    path = write(('metrics = ["outcome", "time"]', 'metrics = ["time"]'), ('y = "lost"', 'y = "tme"'), text=DECLARED)
    found = {problem.key: problem for problem in problems(path)}
    assert found["law[0].y"].nearest == "time"
    assert {"map[0].value", "trend[0].value", f"{H1}.metric", "labels.accuracy_after"} <= found.keys()


def test_labels_of_outcomes_need_outcomes(write, problems) -> None:
    (problem,) = problems(write(("[presets.quick]", '[labels]\naccuracy = "accuracy"\n[presets.quick]')))
    assert (problem.key, problem.given) == ("labels.accuracy", '"accuracy"')


@given(st.text(alphabet="abcxyz_019ABé-. ", min_size=1, max_size=12), st.sampled_from(["y", "metric"]))
def test_names_of_outcomes(name: str, word: str) -> None:
    kind = "law" if word == "y" else "hypothesis"
    document = parse_document(f'[measure]\nmetrics = ["outcome"]\n[[{kind}]]\n{word} = "{name}"\n', "x.toml")
    faults = [problem for problem in check_declarations(document, Meaning()) if problem.key == f"{kind}[0].{word}"]
    allowed = name[0] in "abcxyz" and set(name) <= set("abcxyz_019")
    assert [problem.line for problem in faults] == ([] if allowed else [4])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
            ["id", "x", "y", "split", "where", "slope", "scale", "above", "below", "compare", "axis", "values", "n",
             "asked", "rejected", "left", "right", "is", "metric", "value", "lines", "panels"]), inner, max_size=6),
        max_leaves=25,
    ),
    st.sampled_from(["law", "map", "trend", "hypothesis"]),
)  # fmt: skip
def test_any_shape_is_checked_without_a_crash(content, kind) -> None:
    document = Document("x.toml", "", {kind: [content, content]}, {})
    check_declarations(document, Meaning(axes={"n": (1, 2), "x": ("a", "b"), "id": (True,)}))
