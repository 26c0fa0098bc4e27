"""What one opened run and several have in common: frames, and tables made of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.api.pivot import points, values_column

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

#: Rows of a styled frame unless asked for more.
MOST = 60

Axes = str | Sequence[str]


class Frames(ABC):
    """Tables of a tidy frame. Subclasses say what the frame and its axes are."""

    @property
    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """The tidy frame (docs/PANDAS.md)."""

    @property
    @abstractmethod
    def claims(self) -> pd.DataFrame:
        """One row per claim of the suite."""

    @property
    @abstractmethod
    def crossovers(self) -> pd.DataFrame:
        """One row per facet, metric, subject and baseline."""

    @property
    @abstractmethod
    def axes(self) -> dict[str, list[Any]]:
        """Every axis with its values as declared."""

    @property
    @abstractmethod
    def fixed(self) -> dict[str, Any]:
        """Parameters that all cases share."""

    def pivot(
        self,
        index: Axes,
        columns: Axes,
        values: str = "value",
        metric: str = "time",
        where: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """One metric as a table of two sides, its values in the order in which the suite declares them.

        Nothing is averaged: where a cell would hold several rows, the error names the axes that still differ.

        Args:
            index: Axis whose values become the rows, or several axes.
            columns: Axis whose values become the columns, or several.
            values: What fills the cells: ``value`` (in the unit of the frame's column ``unit``), ``low``, ``high``,
                ``status``, ``reason``, ``replicates`` or another column of the rows.
            metric: A stored metric such as ``time``, an outcome's name, or ``memory`` or ``flops`` for what crossovers
                compare.
            where: Axis to what it must be: a value, a list of values, or a table of bounds as in suites, such as
                ``{"n": {"at_least": 1024}, "dtype": "float32"}``.

        Returns:
            Cases that failed are missing values, which :meth:`styled_pivot` and ``values="status"`` explain, and so are
            combinations that the run does not have.

        Raises:
            ValueError: An unknown axis, value, metric or column, with the nearest name; or several rows for one cell.
        """
        column = values_column(values)
        return points(self.frame, self.axes, self.fixed, index, columns, metric, where).spread(column)

    def styled_pivot(
        self, index: Axes, columns: Axes, metric: str = "time", where: Mapping[str, Any] | None = None
    ) -> Styler:
        """The same table for reading: values with unit and interval, and for cases without a value their status.

        Arguments and errors are those of :meth:`pivot`.
        """
        from bench.api.styles import styled_points

        return styled_points(points(self.frame, self.axes, self.fixed, index, columns, metric, where), self.axes)

    def styled(self, frame: pd.DataFrame | None = None, most: int = MOST) -> Styler:
        """A frame for reading: numbers with unit and interval, statuses in words, verdicts in colour.

        Args:
            frame: :attr:`frame`, ``crossovers``, ``ratios``, ``claims`` or ``claim_points``, or some rows of one.
                Unless given: the claims, or the crossovers where the suite has none.
            most: Rows shown at most.

        Raises:
            ValueError: It is none of these: the columns that tell them apart are not there.
        """
        from bench.api.styles import styled_frame

        if frame is None:
            frame = self.crossovers if self.claims.empty else self.claims
        return styled_frame(frame, self.axes, most)
