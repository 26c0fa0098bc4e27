"""Everything the report shows, computed in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.claims import judge_claims
from bench.analysis.crossover import find_crossovers
from bench.analysis.errors import error_table
from bench.analysis.flops import flops_agreement
from bench.analysis.headlines import (
    MOST,
    caveat_sentences,
    claim_sentences,
    crossover_sentences,
    hypothesis_sentences,
    law_sentences,
    share_sentences,
)
from bench.analysis.hypotheses import hypothesis_summary, judge_hypotheses
from bench.analysis.laws import fit_laws, law_points
from bench.analysis.outcomes import outcome_table
from bench.analysis.quality import Coverage, Noise, coverage, failure_table, noise_summary, noise_table
from bench.analysis.ratios import ratio_table
from bench.analysis.shares import halves, share_table, without_repeats
from bench.analysis.tables import axis_columns
from bench.analysis.targets import time_to_target
from bench.analysis.unreached import with_unreached


@dataclass(frozen=True)
class Analysis:
    """What a run says. Each frame has its columns even where it has no row.

    Attributes:
        crossovers: One row per facet, metric, subject and baseline (:func:`~bench.analysis.crossover.find_crossovers`).
        ratios: Subject / baseline at each point (:func:`~bench.analysis.ratios.ratio_table`).
        quality: Noise per case (:func:`~bench.analysis.quality.noise_table`).
        noise: The same in a few numbers.
        flops_agreement: FLOP sources side by side (:func:`~bench.analysis.flops.flops_agreement`).
        failures: Whatever has no value, by reason (:func:`~bench.analysis.quality.failure_table`).
        shares: Parts of the whole (:func:`~bench.analysis.shares.share_table`); empty where the suite declares none.
        halves: Where parts pass half of the whole (:func:`~bench.analysis.shares.halves`).
        errors: Numerical error per case and tensor (:func:`~bench.analysis.errors.error_table`).
        outcomes: The workload's own numbers (:func:`~bench.analysis.outcomes.outcome_table`).
        laws: Fitted power laws (:func:`~bench.analysis.laws.fit_laws`).
        law_points: The points of these laws (:func:`~bench.analysis.laws.law_points`).
        hypotheses: Verdicts point by point (:func:`~bench.analysis.hypotheses.judge_hypotheses`).
        hypothesis_summary: Counts of them (:func:`~bench.analysis.hypotheses.hypothesis_summary`).
        targets: Steps and seconds until a target (:func:`~bench.analysis.targets.time_to_target`).
        claims: Declared claims with their verdicts (:class:`~bench.analysis.claims.Claims`).
        claim_points: The same, facet by facet.
        coverage: How many cases have values.
        headlines: At most twelve plain sentences: claims first, then hypotheses and laws, then crossovers.
    """

    crossovers: pd.DataFrame
    ratios: pd.DataFrame
    quality: pd.DataFrame
    noise: Noise
    flops_agreement: pd.DataFrame
    failures: pd.DataFrame
    shares: pd.DataFrame
    halves: pd.DataFrame
    errors: pd.DataFrame
    outcomes: pd.DataFrame
    laws: pd.DataFrame
    law_points: pd.DataFrame
    hypotheses: pd.DataFrame
    hypothesis_summary: pd.DataFrame
    targets: pd.DataFrame
    claims: pd.DataFrame
    claim_points: pd.DataFrame
    coverage: Coverage
    headlines: list[str]


def analyse(
    meta: Mapping[str, Any],
    measurements: pd.DataFrame,
    replicates: pd.DataFrame,
    outcomes: pd.DataFrame | None = None,
) -> Analysis:
    """Analyse one run.

    Args:
        meta: The run's ``run.json``; read are ``suite`` (``subject, axes, fixed, measure, crossovers, share, laws,
            hypotheses, claims, labels``), ``seed``, ``cases``, ``not_reached``, ``device`` and ``preset``.
        measurements: Tidy rows of all statuses, as :class:`bench.results.run.Run` gives them.
        replicates: One row per case and process.
        outcomes: Raw outcomes, one row per case, outcome and seed; none in runs that did not ask for any.
    """
    suite = meta["suite"]
    subject = suite["subject"]
    labels: dict[str, str] = dict(suite.get("labels") or {})
    axes = {name: [value] for name, value in (suite.get("fixed") or {}).items()} | dict(suite["axes"])
    level = float((suite.get("measure") or {}).get("level", 0.95))
    questions = list(suite.get("crossovers") or ())
    share = suite.get("share")
    declared = {name: values for name, values in axes.items() if name in suite["axes"]}

    compared, paired = measurements, replicates
    asked = with_unreached(measurements, meta)
    if share and share["axis"] in measurements.columns:
        # A shared part does not depend on the subject: comparing subjects on it has no meaning.
        compared, asked = (
            frame[~frame[share["axis"]].isin(list(share.get("shared") or ()))] for frame in (compared, asked)
        )
    crossovers = find_crossovers(
        asked, paired, questions, axes, subject, int(meta.get("seed") or 0), level=level, labels=labels
    )
    ratios = ratio_table(compared, paired, questions, subject, declared, level=level)
    quality = noise_table(measurements, replicates)
    noise = noise_summary(quality)
    agreement = flops_agreement(measurements)
    counted = without_repeats(measurements, share, subject)
    planned = meta.get("cases")
    repeats = measurements["case"].nunique() - counted["case"].nunique()
    counts = coverage(counted, planned - repeats if planned is not None else None)
    shares = share_table(measurements, share, subject, declared)
    first: dict[str, Any] = questions[0] if questions else {}
    whole = str(share["whole"]) if share else ""
    passing = halves(shares, first.get("axis", ""), whole, first.get("relative_to"), axes, labels)

    laws = list(suite.get("laws") or ())
    fitted = fit_laws(measurements, laws, axes, labels, level)
    hypotheses = list(suite.get("hypotheses") or ())
    if outcomes is None:
        places = ["case", "group", "subject", *axis_columns(measurements)]
        outcomes = pd.DataFrame(columns=[*places, "metric", "replicate", "value", "unit"])
    judged = judge_hypotheses(outcomes, hypotheses, axes, level, labels)
    summed = hypothesis_summary(judged, hypotheses)
    claimed = judge_claims(meta, measurements, replicates, outcomes)

    members = {item["name"]: list(item["members"]) for asked in questions for item in asked["baselines"]}
    standards = [str(member) for names in members.values() for member in names]
    contrary = agreement[agreement["text"] != ""]
    found = [
        *claim_sentences(claimed.claims),
        *hypothesis_sentences(summed),
        *law_sentences(fitted),
        *crossover_sentences(crossovers, members, labels),
        *share_sentences(passing, standards, labels),
    ]
    beware = caveat_sentences(
        counts,
        noise,
        [f"{case}: {text}" for case, text in zip(contrary["case"].tolist(), contrary["text"].tolist(), strict=True)],
        int(agreement["zero"].sum()),
        len(agreement),
    )
    if not counts.ok + counts.partial:
        found = ["Nothing was measured: no case has a value."]
    return Analysis(
        crossovers=crossovers,
        ratios=ratios,
        quality=quality,
        noise=noise,
        flops_agreement=agreement,
        failures=failure_table(counted),
        shares=shares,
        halves=passing,
        errors=error_table(measurements),
        outcomes=outcome_table(measurements),
        laws=fitted,
        law_points=law_points(measurements, laws, axes),
        hypotheses=judged,
        hypothesis_summary=summed,
        targets=time_to_target(measurements, outcomes, level),
        claims=claimed.claims,
        claim_points=claimed.points,
        coverage=counts,
        headlines=[*found[: MOST - len(beware)], *beware],
    )
