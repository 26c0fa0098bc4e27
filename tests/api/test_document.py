"""docs/PANDAS.md says of every column what it really is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pytest
from pandas.api import types

import bench
from bench.analysis.tables import axis_columns
from bench.api.schema import PLACE, READING
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "PANDAS.md").read_text(encoding="utf-8")
TABLES = re.findall(r"^### `run\.(\w+)`\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
AXES = "*(axes)*"

#: Whether a column is what the document calls it.
IS: dict[str, Callable[[pd.Series], bool]] = {
    "str": lambda column: bool(types.is_string_dtype(column)) or not len(column),
    "list": lambda column: all(isinstance(value, list) for value in column),
    "dict": lambda column: all(isinstance(value, dict) for value in column),
    "number": lambda column: pd.to_numeric(column).dtype.kind in "if",
    **{name: lambda column, name=name: str(column.dtype) == name for name in ("float64", "int64", "Int64", "bool")},
}


def documented(section: str) -> list[list[str]]:
    """Cells of a section's table: column, dtype, unit, meaning."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    assert rows[0] == ["column", "dtype", "unit", "meaning"]
    assert all(len(row) == 4 and row[3] for row in rows)
    return rows[2:]


@pytest.fixture(scope="module")
def published() -> bench.Run:
    return bench.open_run(ROOT / "reports" / "reference-cpu")


def test_every_frame_has_its_table() -> None:
    assert [name for name, _ in TABLES] == [
        *("frame", "crossovers", "ratios", "claims", "claim_points", "replicates", "samples")
    ]


@pytest.mark.parametrize(("name", "section"), TABLES, ids=[name for name, _ in TABLES])
def test_columns_are_as_documented(published: bench.Run, name: str, section: str) -> None:
    frame: pd.DataFrame = getattr(published, name)
    axes = [axis for axis in published.axes if axis in frame.columns]
    rows = documented(section)
    names = [row[0].strip("`") for row in rows]
    expected = [column for name in names for column in (axes if name == AXES else [name])]
    assert [str(column) for column in frame.columns] == expected
    wrong = [(row[0], str(frame[row[0].strip("`")].dtype)) for row in rows if row[0] != AXES
             and not IS[row[1]](frame[row[0].strip("`")])]  # fmt: skip
    assert wrong == []


def test_the_tidy_frame_s_table_is_that_of_the_code() -> None:
    section = dict(TABLES)["frame"]
    rows = [row for row in documented(section) if row[0] != AXES]
    assert rows == [[f"`{one.name}`", one.dtype, one.unit, one.meaning] for one in (*PLACE, *READING)]


def test_no_column_is_taken_for_an_axis(published: bench.Run) -> None:
    """Names of columns are reserved: the analysis tells axes from other columns by that."""
    assert axis_columns(published.frame) == list(published.axes)


def test_the_units_of_values_are_those_named(published: bench.Run) -> None:
    assert set(published.frame["unit"]) <= {"s", "B", "FLOP", "1"}
