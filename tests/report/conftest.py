"""Reports written once for all tests that only read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from bench.analysis.summary import Analysis, analyse
from bench.report.write import write_report
from tests.report import outcomes, synthetic


@dataclass(frozen=True)
class Written:
    """A synthetic run, what it says, and the report made of it."""

    run: synthetic.FakeRun
    analysis: Analysis
    folder: Path
    paths: tuple[Path, ...]

    @property
    def html(self) -> str:
        return (self.folder / "report.html").read_text(encoding="utf-8")

    @property
    def markdown(self) -> str:
        return (self.folder / "report.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Written]:
    """``written("hostile")``: the report of ``synthetic.hostile_run()``."""

    @cache
    def make(name: str) -> Written:
        builder = getattr(synthetic, f"{name}_run", None) or getattr(outcomes, f"{name}_run")
        run = builder()
        analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
        folder = tmp_path_factory.mktemp(name)
        return Written(run, analysis, folder, tuple(write_report(run, analysis, folder)))

    return make
