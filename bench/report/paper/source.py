"""One run of a bundle, with the names that keep it apart from the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.analysis.summary import Analysis
from bench.analysis.tables import plain, present
from bench.report.escape import slug
from bench.report.paper.names import Words
from bench.report.view import View

if TYPE_CHECKING:
    from bench.results.run import Run


@dataclass(frozen=True)
class Source:
    """One run of a bundle.

    Attributes:
        run: The stored run.
        analysis: What it says.
        view: Its words.
        letter: ``a``, ``b`` and so on where the bundle has several runs; empty for the only one.
        twin: Whether another run of the bundle has a suite of the same name.
        workload: The file of the suite's own workload as it was measured; ``None`` where it is not at hand.
    """

    run: Run
    analysis: Analysis
    view: View
    letter: str = ""
    twin: bool = False
    workload: bytes | None = None

    @property
    def suite(self) -> str:
        """The suite's name."""
        return str(self.view.suite["name"])

    @property
    def stem(self) -> str:
        """What begins the names of its files: empty for the only run, ``a-attention-`` for one of several."""
        return f"{self.letter}-{slug(self.suite) or 'run'}-" if self.letter else ""

    @property
    def folder(self) -> str:
        """Where its data lie."""
        return f"data/{self.stem}".rstrip("-/") if self.letter else "data"

    @property
    def words(self) -> Words:
        """What begins the names of its macros; the letter only where two runs have the same suite."""
        return (self.suite, self.letter) if self.twin else (self.suite,)

    def place(self, row: Mapping[str, Any], *, subject: bool = True) -> Words:
        """The axes of a row and their values, in the suite's order: ``("n", "512", "dtype", "float32")``."""
        found: list[str] = []
        for axis in self.view.axes:
            if axis in row and present(row[axis]) and (subject or axis != self.view.subject_axis):
                found += [axis, plain(row[axis])]
        return tuple(found)

    def measured(self, row: Mapping[str, Any]) -> Words:
        """What a row of the measurements stands for."""
        return (*self.words, *self.place(row), str(row["metric"]))

    def ratio(self, row: Mapping[str, Any]) -> Words:
        """What a row of the ratios stands for."""
        where = self.place(row, subject=False)
        return (*self.words, *where, str(row["subject"]), str(row["metric"]), "over", str(row["baseline"]))

    def crossover(self, row: Mapping[str, Any], what: str = "") -> Words:
        """What the point of a crossover stands for, or its bound ``low`` or ``high``."""
        sides = (str(row["subject"]), str(row["metric"]), "over", str(row["baseline"]))
        key = (*self.words, "crossover", str(row["axis"]), *self.place(row, subject=False), *sides)
        return (*key, what) if what else key

    def fact(self, *words: str) -> Words:
        """What one number of the run as a whole stands for."""
        return (*self.words, *words)


def sources(runs: Iterable[tuple[Run, Analysis]], workloads: Mapping[int, bytes] | None = None) -> list[Source]:
    """The runs of a bundle in the order given, with files of own workloads by the position of their run."""
    pairs: Sequence[tuple[Run, Analysis]] = list(runs)
    names = [str(run.meta["suite"]["name"]) for run, _ in pairs]
    return [
        Source(
            run,
            analysis,
            View(run.meta, run.measurements),
            _letter(number) if len(pairs) > 1 else "",
            names.count(names[number]) > 1,
            (workloads or {}).get(number),
        )
        for number, (run, analysis) in enumerate(pairs)
    ]


def _letter(number: int) -> str:
    """``a`` to ``z``, then ``aa``, ``ab`` and so on."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("a") + rest) + text
    return text
