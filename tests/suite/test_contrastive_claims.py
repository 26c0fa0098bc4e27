"""The claims of the contrastive suites: where they come from, and the numbers that were derived for them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bench.suite import load_suite
from bench.suite.claims import Claim
from bench.workloads.contrastive.accumulation.costs import Size, flops

SUITES = {
    "contrastive-precision": ("8586", "2107.01152"),
    "contrastive-accumulation": ("8471", "2101.06983"),
    "contrastive-training": ("8586", "2107.01152", "2110.06848", "8471"),
}
U = {"float32": 2.0**-24, "bfloat16": 2.0**-8}
SMALLEST_FLOAT16 = 2.0**-24


def shipped(name: str) -> dict[str, Claim]:
    return {claim.id: claim for claim in load_suite(f"contrastive-{name}").claims}


@pytest.mark.parametrize("name", SUITES)
def test_every_claim_names_an_article_or_says_that_it_is_derived(name: str) -> None:
    claims = load_suite(name).claims
    assert all(one.source.startswith("Derived") or any(work in one.source for work in SUITES[name]) for one in claims)
    first = SUITES[name][0]
    assert sum(first in one.source and not one.source.startswith("Derived") for one in claims) >= 4


@pytest.mark.parametrize("name", SUITES)
def test_every_preset_leaves_the_claims(name: str) -> None:
    suite = load_suite(name)
    assert len({one.id for one in suite.claims}) == len(suite.claims) >= 13
    for preset in suite.presets:
        assert load_suite(name, preset=preset).claims == suite.claims


def test_one_more_forward_pass_is_a_third() -> None:
    expected: Any = shipped("accumulation")["one-more-forward-flops"].expectation
    low, high = expected.within
    assert low == pytest.approx(4 / 3 * 0.9) and high == pytest.approx(4 / 3 * 1.1, abs=0.04)
    batch = expected.at["batch"]

    def cost(method: str) -> float:
        sizes = {"chunk": 64, "tile": 256, "features": 128, "width": 256, "layers": 3, "dim": 128}
        return flops(Size(method, "step", batch, dropout=0.0, dtype="float32", **sizes))

    # 2 inputs of each pair, 2 FLOPs for each of 256 · (128 + 2 · 256 + 128) weights
    assert cost("two_pass") - cost("full") == 4 * batch * 196_608
    assert low < cost("two_pass") / cost("naive") < high


def test_the_bounds_of_precision_are_those_of_the_law() -> None:
    claims = shipped("precision")

    def xi(batch: int, temperature: float, scatter: bool = False) -> float:
        """At cosine 0.9 with negatives at 0, or scattered around it by 1/√128: (2B − 2) exp(−0.9/τ) · exp(σ²/2τ²)."""
        return (2 * batch - 2) * math.exp(-0.9 / temperature + (scatter / 256) / temperature**2)

    enough: Any = claims["float32-suffices-at-the-published-temperature"]
    assert U["float32"] / xi(2, enough.where["temperature"]) < enough.expectation.below / 4
    lost = claims["bfloat16-loses-the-positives"].where
    assert xi(lost["batch"]["at_most"], max(lost["temperature"]), scatter=True) < U["bfloat16"] / 10
    under = claims["float16-underflow-at-the-smallest-xi"].where
    # No gradient is above the largest exp(s_i − s_t), whose cosine is some 4.5 standard deviations from the mean.
    largest = math.exp((-0.9 + 4.5 / math.sqrt(128)) / under["temperature"])
    assert largest < SMALLEST_FLOAT16 / 100
    noise: Any = claims["adam-steps-on-noise-float32"].expectation
    assert noise.below == pytest.approx(1 / math.sqrt(2), abs=1e-4)
