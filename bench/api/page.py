"""What a notebook shows of a run by itself: what was measured and where, the verdicts, the findings in sentences."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bench.analysis.headlines import claim_sentences
from bench.api.several import torch_version
from bench.plural import counted

if TYPE_CHECKING:
    from bench.api.opened import Run

_NEXT = "frame, pivot(…), styled_pivot(…), crossovers, ratios, claims, claim_points, schema"


def run_html(run: Run) -> str:
    """A heading, the claims if the suite has any, and those headlines of the report that the claims do not tell."""
    suite = run.meta["suite"]
    cpu = ((run.meta.get("machine") or {}).get("cpu") or {}).get("model")
    torch = torch_version(run.meta)
    facts = [run.folder.name, str(run.meta.get("started", ""))[:10], run.meta.get("device"), cpu]
    facts += [f"torch {torch}" if torch else "", _coverage(run)]
    lines = [
        f"<p><b>{escape(str(suite.get('title') or suite.get('name', '')))}</b><br>",
        f"{' · '.join(escape(str(fact)) for fact in facts if fact)}</p>",
    ]
    told = claim_sentences(run.claims)
    if told:
        lines += [f"<p>{escape(told[0])}</p>", run.styled(run.claims).to_html()]
    others = [line for line in run.analysis.headlines if line not in told]
    lines += ["<ul>", *(f"<li>{escape(line)}</li>" for line in others), "</ul>"]
    return "\n".join([*lines, f"<p><small>{escape(_NEXT)}</small></p>"])


def _coverage(run: Run) -> str:
    counts = run.analysis.coverage
    whole = counted(counts.cases, "case")
    rest = [f"{number} {word}" for number, word in ((counts.failed, "failed"), (counts.skipped, "skipped")) if number]
    return f"{whole}, {', '.join(rest)}" if rest else whole
