"""A run as a tidy frame, and the tables of two sides that refuse to average."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bench
from tests.api.stored import LEVELS


def test_rows_come_in_declared_order_with_plain_cells(run: bench.Run) -> None:
    times = run.frame[run.frame["metric"] == "time"]
    assert list(zip(times["kernel"], times["n"], times["dtype"], strict=True)) == list(product(*LEVELS.values()))
    first = times.iloc[0]
    assert (first["value"], first["unit"], first["replicates"], first["notes"]) == (1e-3, "s", 3, "a; b")
    failed = times[times["status"] != "ok"]
    assert list(failed["status"]) == ["oom_host", "timeout"]
    assert failed["value"].isna().all() and failed["replicates"].isna().all()
    assert set(times.loc[times["status"] == "ok", "reason"]) == {""}
    assert run.frame.index.is_unique


def test_the_schema_describes_every_column(run: bench.Run) -> None:
    schema = run.schema.set_index("column")
    assert list(schema.index) == list(run.frame.columns)
    assert schema.loc["n", "meaning"] == "Axis: sequence length n. Values: 64, 128, 256."
    assert schema.loc["value", "unit"] == "unit"


def test_a_pivot_is_in_declared_order(run: bench.Run) -> None:
    table = run.pivot("n", "kernel", metric="time", where={"dtype": "float32"})
    assert list(table.index) == [64, 128, 256] and list(table.columns) == ["sdpa", "linear"]
    assert table.to_numpy().tolist() == [[1e-3, 2e-3], [4e-3, 3e-3], [16e-3, 4e-3]]
    wide = run.pivot(["dtype", "n"], "kernel")
    assert list(wide.index) == list(product(LEVELS["dtype"], LEVELS["n"]))
    assert wide.loc[("float16", 128), "linear"] == 1.5e-3
    assert math.isnan(wide.loc[("float16", 256), "linear"])


def test_a_pivot_never_averages(run: bench.Run) -> None:
    with pytest.raises(ValueError) as caught:
        run.pivot("n", "kernel")
    assert str(caught.value) == (
        "pivot: expected one row for each cell; got several, which still differ in dtype ('float32', 'float16'); "
        "choose one value each, as in where={'dtype': 'float32'}, or name the axis in index or columns"
    )


@settings(deadline=None, max_examples=40)
@given(
    shown=st.permutations(list(LEVELS)).flatmap(lambda names: st.sampled_from([names, names[:2]])),
    fixed=st.dictionaries(st.sampled_from(list(LEVELS)), st.integers(0, 1)),
)
def test_every_cell_is_one_row(run: bench.Run, shown: list[str], fixed: dict[str, int]) -> None:
    """Whatever is asked for: each value of the frame stands in the table once, or the axes left are named."""
    where = {axis: LEVELS[axis][position] for axis, position in fixed.items()}
    rows = run.frame[run.frame["metric"] == "time"]
    for axis, value in where.items():
        rows = rows[rows[axis] == value]
    left = [axis for axis in LEVELS if axis not in shown and axis not in where]
    if left:
        with pytest.raises(ValueError, match=f"still differ in {left[0]} "):
            run.pivot(shown[:1], shown[1:], where=where)
        return
    table = run.pivot(shown[:1], shown[1:], where=where)
    shown_values = [value for value in table.to_numpy().ravel().tolist() if value == value]
    assert sorted(shown_values) == sorted(rows["value"].dropna())


def test_a_failed_case_tells_why_for_every_metric_of_its_family(run: bench.Run) -> None:
    table = run.pivot("n", "kernel", "status", metric="peak_resident_bytes", where={"dtype": "float16"})
    assert table.loc[256].to_dict() == {"sdpa": "oom_host", "linear": "ok"}


@pytest.mark.parametrize(
    ("metric", "stored", "expected"),
    [("memory", "peak_tensor_bytes", 65536.0), ("knn", "outcome_knn", math.inf), ("time", "time", 1e-3)],
)
def test_metrics_have_their_usual_names(run: bench.Run, metric: str, stored: str, expected: float) -> None:
    here = {"dtype": "float32"}
    for name in (metric, stored):
        assert run.pivot("n", "kernel", metric=name, where=here).loc[64, "sdpa"] == expected


def test_conditions_take_what_notebooks_have(run: bench.Run) -> None:
    wanted = [128, 256]
    sizes = run.frame["n"].drop_duplicates()
    for spec in (wanted, (128, 256), {"at_least": 100}, {"not": 64}, sizes[1:], {"above": sizes.iloc[0]}):
        assert list(run.pivot("n", "kernel", where={"n": spec, "dtype": "float32", "heads": 8}).index) == wanted
    assert list(run.pivot("n", "kernel", where={"n": sizes.iloc[0], "dtype": ["float32"]}).index) == [64]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"index": "nn"}, "pivot: index: got \"nn\"; expected an axis (kernel, n, dtype); did you mean 'n'?"),
        ({"columns": "kernal"}, "did you mean 'kernel'?"),
        ({"columns": "heads"}, "heads has one value in this run, 8"),
        ({"columns": "n"}, 'columns: got "n"; expected each axis once'),
        ({"index": []}, "index: got []; expected at least one axis"),
        ({"metric": "tme"}, "did you mean 'time'?"),
        (
            {"metric": "flops"},
            "expected a metric of this run (time, peak_tensor_bytes, peak_resident_bytes, knn, memory)",
        ),
        ({"values": "vaule"}, "did you mean 'value'?"),
        ({"where": {"dtyp": "float32"}}, "did you mean 'dtype'?"),
        ({"where": {"dtype": "flot32"}}, 'where: dtype: got "flot32"; expected one of "float32", "float16"; did you'),
        ({"where": {"n": 100}}, "expected one of 64, 128, 256"),
        ({"where": {"n": {"abov": 3}}}, "did you mean 'above'?"),
        ({"where": {"n": {"above": 999}}}, "were never measured together"),
        ({"where": {"heads": 4}}, "where: heads: got 4; expected 8"),
    ],
)
def test_mistakes_are_named_in_one_line(run: bench.Run, words: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        run.pivot(**{"index": "n", "columns": "kernel", "where": {"dtype": "float32"}, **words})
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_what_the_analysis_found(run: bench.Run) -> None:
    (crossing,) = run.crossovers.query("dtype == 'float32'").to_dict("records")
    # ln(2) and ln(3/4) at 64 and 128: zero at 64 * 2 ** (ln 2 / (ln 2 - ln 3/4)).
    assert crossing["outcome"] == "crosses"
    assert crossing["at"] == pytest.approx(64 * 2 ** (math.log(2) / math.log(8 / 3)), rel=1e-6)
    verdicts = run.ratios.query("dtype == 'float32'").set_index("n")["verdict"]
    assert verdicts.to_dict() == {64: "slower", 128: "faster", 256: "faster"}
    assert run.claims.empty and run.claim_points.empty
    assert run.analysis is run.analysis and run.frame is run.frame
    assert len(run.replicates) == len(run.samples) == 3 * 10
