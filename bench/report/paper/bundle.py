"""Everything of a bundle, as paths and bytes: the same input gives the same bytes."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from jinja2 import Environment

from bench import __version__
from bench.analysis.summary import Analysis
from bench.report.escape import distinct
from bench.report.latex import templates
from bench.report.paper import bibtex
from bench.report.paper.checksums import with_sums
from bench.report.paper.data import files
from bench.report.paper.dictionary import dictionary
from bench.report.paper.figures import Drawing, drawings
from bench.report.paper.layout import Tab, render
from bench.report.paper.limitations import limitations
from bench.report.paper.macros import Numbers
from bench.report.paper.methods import methods
from bench.report.paper.quantities import collect
from bench.report.paper.results import results
from bench.report.paper.source import Source, sources
from bench.report.paper.summaries import closing_tables, collect_counts, judged_tables
from bench.report.paper.tables import measured_tables
from bench.report.paper.words import bookmark, flow, replaced, sentence, spell
from bench.report.paper.workload import digest, own_file

if TYPE_CHECKING:
    from bench.results.run import Run


@dataclass(frozen=True)
class Part:
    """One run's part of the two documents.

    Attributes:
        source: The run.
        title: The heading of its section, which no other run of the bundle has.
        results: LaTeX.
        methods: LaTeX.
        limitations: LaTeX.
        tables: In reading order.
        figures: The same.
    """

    source: Source
    title: str
    results: str
    methods: str
    limitations: str
    tables: tuple[Tab, ...]
    figures: tuple[Drawing, ...]

    @property
    def groups(self) -> list[tuple[int, list[Drawing]]]:
        """The panels of each figure, and how much of a page they need together, two to a row, in points."""
        found: dict[str, list[Drawing]] = {}
        for drawing in self.figures:
            found.setdefault(drawing.title, []).append(drawing)
        return [(_height(panels), panels) for panels in found.values()]


def bundle(runs: Iterable[tuple[Run, Analysis]], workloads: Mapping[int, bytes] | None = None) -> dict[str, bytes]:
    """The files of a bundle.

    Args:
        runs: Each run with what it says, in the order of the documents.
        workloads: Source files of own workloads, by the position of their run; those that are at hand.

    Returns:
        Path to content, ``SHA256SUMS`` the last.
    """
    every = sources(runs, workloads or {})
    numbers, library = Numbers(), bibtex.Library(every)
    for source in every:
        collect(source, numbers)
        collect_counts(source, numbers)
    parts = [_part(source, title, numbers, library) for source, title in zip(every, _titles(every), strict=True)]
    result: dict[str, bytes] = {}
    for part in parts:
        result |= files(part.source)
        result |= {f"tables/{table.name}.tex": render(table).encode() for table in part.tables}
        for figure in part.figures:
            result |= {f"figures/{figure.name}.{kind}": content for kind, content in figure.files.items()}
    several = len(parts) > 1
    result["data/dictionary.md"] = dictionary(every).encode()
    result["methods.tex"] = _joined(parts, [part.methods for part in parts], several)
    result["limitations.tex"] = _joined(parts, [part.limitations for part in parts], several)
    result["results.tex"] = _joined(parts, [part.results for part in parts], several)
    result["refs.bib"] = bibtex.bib(library).encode()
    result["references.tex"] = bibtex.references(library).encode()
    title = parts[0].title if not several else f"{len(parts)} benchmark runs"
    for name in ("main", "supplement"):
        text = _template(f"{name}.tex.j2").render(parts=parts, several=several, title=title)
        result[f"{name}.tex"] = text.encode()
    printed = b"\n".join(content for path, content in result.items() if path.endswith(".tex")).decode()
    result |= _numbers(numbers, printed, every, result)
    result["README.md"] = _readme(parts, printed, len(numbers), "numbers-rest.tex" in result).encode()
    return with_sums(result)


def _titles(every: Sequence[Source]) -> list[str]:
    """What each run is called; runs of one suite, or of suites with one title, by their letters as well."""
    titles = [source.view.title for source in every]
    return [
        f"{title}, run {source.letter.upper()}" if source.twin or titles.count(title) > 1 else title
        for source, title in zip(every, titles, strict=True)
    ]


def _part(source: Source, title: str, numbers: Numbers, library: bibtex.Library) -> Part:
    tables = (
        *judged_tables(source, numbers, library),
        *measured_tables(source, numbers),
        *closing_tables(source, numbers),
    )
    # Floats stand apart from the section of their run: where there are several, each caption names its own.
    run = title if source.letter else ""
    head = f"{flow(sentence(run))} " if run else ""
    return Part(
        source,
        title,
        results(source, numbers),
        methods(source, numbers, library),
        limitations(source, numbers),
        # Names are those of files and labels; two settings may be spelt alike.
        tuple(
            replace(table, name=name, caption=head + table.caption)
            for table, name in zip(tables, distinct(table.name for table in tables), strict=True)
        ),
        tuple(replace(drawing, run=spell(run)) for drawing in drawings(source)),
    )


def _height(panels: Sequence[Drawing]) -> int:
    rows = [panels[start : start + 2] for start in range(0, len(panels), 2)]
    return min(round(sum(72.27 * max(panel.height for panel in row) + 6 for row in rows)) + 60, 700)


def _joined(parts: Sequence[Part], texts: Sequence[str], several: bool) -> bytes:
    if not several:
        return texts[0].encode()
    blocks = [
        rf"\subsection{{{bookmark(part.title)}}}" + f"\n\n{text}" for part, text in zip(parts, texts, strict=True)
    ]
    return "\n".join(blocks).encode()


def _numbers(numbers: Numbers, printed: str, every: Sequence[Source], made: Mapping[str, bytes]) -> dict[str, bytes]:
    """``numbers.tex`` has what the pages print, so that it fits into TeX's memory; a large run has more than would."""
    names = set(re.findall(r"\\(bench[A-Za-z]+)", printed))
    heads = _heads(every, made)
    files = {"numbers.tex": numbers.source(heads, names).encode()}
    rest = numbers.rest(["The numbers that no page of the bundle prints; numbers.tex has the others.", *heads], names)
    return files | ({"numbers-rest.tex": rest.encode()} if rest else {})


def _heads(every: Sequence[Source], made: Mapping[str, bytes]) -> list[str]:
    heads = [
        f"One macro for each number, made by bench paper (Crossover {__version__}).",
        "Above each: unit of what it prints; the stored number with its interval; where that lies.",
        "A name is bench and then the suite, each axis with its value, and the metric; digits are spelt.",
        "Print one with \\num{\\name}, with its unit by \\qty{\\name}{\\benchSuiteMetricUnit}; siunitx 3 or newer.",
    ]
    for source in every:
        path = f"{source.folder}/measurements.csv"
        if path in made:
            heads.append(f"{path}: SHA-256 {hashlib.sha256(made[path]).hexdigest()}")
    return heads


def _readme(parts: Sequence[Part], printed: str, count: int, rest: bool) -> str:
    commands = [
        (part, shlex.join(str(word) for word in meta.get("command") or ()), own, PurePosixPath(own).name, digest(meta))
        for part in parts
        for meta, own in [(part.source.run.meta, own_file(part.source.run.meta))]
    ]
    text: str = _template("README.md.j2").render(
        parts=parts, commands=commands, replaced=replaced(printed), count=count, rest=rest, version=__version__
    )
    return text


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = templates("bench.report.paper")
    environment.filters.update(flow=flow, bookmark=bookmark, spell=spell)
    return environment


def _template(name: str):  # type: ignore[no-untyped-def]
    return _environment().get_template(name)
