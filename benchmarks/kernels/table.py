"""Writes the ratio table of docs/KERNELS.md: ``python benchmarks/kernels/table.py RUNFOLDER``.

The folder is a run of kernels.toml. Ratios are paired by process number, as the processes of a group run side by side.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bench import open_run
from bench.analysis.intervals import Interval, paired_ratio

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "KERNELS.md"
BEGIN, END = "<!-- ratios:begin -->", "<!-- ratios:end -->"
OURS = "ours"

#: Largest ratio ours / theirs that is asked for: another feature map may be a little cheaper.
BAR = {"linear_attention_transformer": 1.10}
SPLIT = ["function", "causal", "mode", "dtype"]


def main(folder: str) -> None:
    """Put the table of a run into the document, and print it."""
    run = open_run(Path(folder))
    text = render(run.replicates, run.meta)
    document = DOCUMENT.read_text(encoding="utf-8")
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    print(text)


def render(replicates: pd.DataFrame, meta: dict[str, Any]) -> str:
    """The table and a line on what it says, as Markdown.

    Args:
        replicates: One row per case and process; ``value`` is its median seconds per call.
        meta: The run's ``run.json``.
    """
    lengths = sorted(replicates["n"].unique())
    lines = [
        "| function | direction | pass | dtype | ours ÷ | " + " | ".join(f"n = {n}" for n in lengths) + " |",
        "|---" * (5 + len(lengths)) + "|",
    ]
    over, points = 0, 0
    for (function, causal, mode, dtype), cases in replicates.groupby(SPLIT, sort=False):
        direction = "causal" if causal else "bidirectional"
        for peer in [name for name in cases["implementation"].unique() if name != OURS]:
            cells = []
            for ratio in _ratios(cases, peer, lengths):
                slower = ratio is not None and ratio.value > BAR.get(peer, 1.0)
                over, points = over + slower, points + (ratio is not None)
                cells.append(_cell(ratio, slower))
            head = [function, direction, mode, dtype, peer.replace("_", "-")]
            lines.append("| " + " | ".join([*head, *cells]) + " |")
    said = f"{points - over} of {points} ratios are within the bar; those that are not stand in bold."
    return "\n".join([f"{_where(meta)} {said}", "", *lines])


def _where(meta: dict[str, Any]) -> str:
    """When, where and with what the run was made."""
    torch = meta.get("software", {}).get("packages", {}).get("torch", "of unknown version")
    cpu = meta.get("machine", {}).get("cpu", {}).get("model", "unknown processor")
    preset = f", preset {meta['preset']}" if meta.get("preset") else ""
    return f"Run of {meta['started'][:10]}{preset}: {cpu}, torch {torch}."


def _ratios(cases: pd.DataFrame, peer: str, lengths: list[int]) -> Iterator[Interval | None]:
    for n in lengths:
        here = cases[cases["n"] == n]
        ours, theirs = (
            dict(zip(rows["replicate"], rows["value"], strict=True))
            for rows in (here[here["implementation"] == name] for name in (OURS, peer))
        )
        yield paired_ratio(ours, theirs) if ours.keys() & theirs.keys() else None


def _cell(ratio: Interval | None, slower: bool) -> str:
    if ratio is None:
        return "–"
    text = f"{ratio.value:.2f} ({ratio.low:.2f}–{ratio.high:.2f})"
    return f"**{text}**" if slower else text


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python benchmarks/kernels/table.py RUNFOLDER")
    main(sys.argv[1])
