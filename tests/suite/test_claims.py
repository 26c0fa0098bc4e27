"""Claims: what a suite that declares them becomes, the way into run.json and back, and the claims that ship."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.runner.stored import stored_suite, suite_data
from bench.suite import load_suite
from bench.suite.checks import Meaning
from bench.suite.claim_tables import BOUNDS, PLACES, ClaimTable, claim
from bench.suite.claims import (
    KINDS,
    Claim,
    CrossoverExpected,
    EqualityExpected,
    Half,
    OrderExpected,
    RatioExpected,
    ShareExpected,
    SlopeExpected,
    Times,
    ValueExpected,
    claim_data,
    stored_claim,
)
from bench.suite.document import parse_document
from bench.suite.references import check_references
from tests.suite.claimed import CLAIMED

EXPECTED = (
    CrossoverExpected(axis="n", subject="linear", baseline="best", times=Times("heads", 64.0, 0.25)),
    RatioExpected(of={"kernel": "linear"}, to={"kernel": "sdpa"}, at={"n": 1024}, below_ratio_of="time"),
    OrderExpected(axis="kernel", values=("linear", "sdpa", "naive"), at={"part": "layer"}),
    SlopeExpected(axis="n", first=100.0, last=600.0, equals=2.0, tolerance=0.1),
    EqualityExpected(of={"kernel": "sdpa"}, to={"kernel": "naive"}, band=0.05),
    ShareExpected(axis="part", part="core", whole="layer", over_half=Half(axis="n", below=512.0)),
    ValueExpected(at={"n": 64}, within=(1.0, 2e9)),
)


def test_a_suite_keeps_its_claims_in_order(write) -> None:
    claims = load_suite(write(text=CLAIMED)).claims
    assert tuple(one.expectation for one in claims) == EXPECTED
    assert [one.kind for one in claims] == list(KINDS)
    where = {"part": "core", "kernel": {"not": "naive"}}
    assert claims[0] == Claim("crosses", "It crosses.", "a page", "time", EXPECTED[0], where)
    assert [one.metric for one in claims[1:]] == [
        "memory",
        "knn",
        "flops_formula",
        "flops",
        "time",
        "peak_tensor_bytes",
    ]
    assert load_suite(write()).claims == ()


def test_run_json_has_the_keys_of_the_suite_and_nothing_that_is_not_set(write) -> None:
    stored = json.loads(json.dumps(suite_data(load_suite(write(text=CLAIMED)))))["claims"]
    assert stored[0] == {
        "id": "crosses",
        "text": "It crosses.",
        "source": "a page",
        "metric": "time",
        "where": {"part": "core", "kernel": {"not": "naive"}},
        "crossover": {
            "axis": "n", "subject": "linear", "baseline": "best",
            "times": {"of": "heads", "factor": 64.0, "tolerance": 0.25},
        },
    }  # fmt: skip
    assert [next(iter(set(one) & set(KINDS))) for one in stored] == list(KINDS)
    assert stored[1]["ratio"] == {
        "of": {"kernel": "linear"}, "to": {"kernel": "sdpa"}, "at": {"n": 1024}, "below_ratio_of": "time"
    }  # fmt: skip
    assert stored[3]["slope"] == {"axis": "n", "from": 100.0, "to": 600.0, "equals": 2.0, "tolerance": 0.1}
    assert stored[4]["equality"] == {"of": {"kernel": "sdpa"}, "to": {"kernel": "naive"}, "at": {}, "band": 0.05}
    assert stored[5]["share"]["over_half"] == {"axis": "n", "below": 512.0}
    assert stored[6]["value"] == {"at": {"n": 64}, "within": [1.0, 2e9]}


def test_a_resumed_run_has_them_again_and_an_old_one_has_none(write) -> None:
    suite = load_suite(write(text=CLAIMED))
    stored = json.loads(json.dumps(suite_data(suite)))
    assert stored_suite(stored).claims == suite.claims
    del stored["claims"]
    assert stored_suite(stored).claims == ()


def test_another_subject_has_no_claims(write) -> None:
    assert load_suite(write(text=CLAIMED), against=sys.executable).claims == ()


def test_what_a_preset_or_the_command_line_drops_is_no_fault(write) -> None:
    path = write(("at = {n = 1024}", "at = {n = 2048}"), text=CLAIMED)  # a value of the preset only
    assert len(load_suite(path, preset="quick").claims) == len(KINDS)
    assert len(load_suite(path, overrides={"kernel": ["sdpa"], "n": [512]}).claims) == len(KINDS)


def test_an_unknown_expectation_of_a_run_is_named() -> None:
    with pytest.raises(ValueError, match="claim 'odd' has 0 of crossover, ratio"):
        stored_claim({"id": "odd", "text": "", "source": "", "metric": "time", "shape": {}})


def test_an_outcome_of_a_claim_may_have_a_label(write) -> None:
    label = ("[presets.quick]", '[labels]\nlinaer = "gradients lost"\n[presets.quick]')
    named = ('metric = "knn"', 'metric = "linaer"')  # without the claim, a slip of the pen for linear
    assert load_suite(write(label, named, text=CLAIMED)).labels
    document = parse_document(CLAIMED.replace(*label), "x.toml")
    meaning = Meaning(axes={"kernel": ("naive", "sdpa", "linear"), "n": (64,), "part": ("layer", "core")})
    assert [problem.key for problem in check_references(document, meaning)] == ["labels.linaer"]


NAMES = st.text(alphabet="abcxyz_é %&<>'\"\\{}[]=.#", min_size=1, max_size=12)
NUMBERS = st.floats(min_value=1e-300, max_value=1e300) | st.integers(1, 10**15)
SCALARS = NAMES | st.booleans() | NUMBERS
AT = st.dictionaries(NAMES, SCALARS, max_size=3)
CASES = st.dictionaries(NAMES, SCALARS, min_size=1, max_size=2)
BOUND = st.one_of(
    st.fixed_dictionaries({"above": NUMBERS}),
    st.fixed_dictionaries({"below": NUMBERS}),
    st.fixed_dictionaries({"within": st.lists(NUMBERS, min_size=2, max_size=2, unique=True).map(sorted)}),
)
PORTIONS = st.floats(min_value=0.001, max_value=0.999)
PLACE = BOUND | st.one_of(
    st.just({"never": True}),
    st.fixed_dictionaries({"times": st.fixed_dictionaries({"of": NAMES, "factor": NUMBERS, "tolerance": PORTIONS})}),
)


def _with(fixed: dict[str, Any], more: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda left, right: {**left, **right}, st.fixed_dictionaries(fixed), more)


EXPECTATIONS = st.one_of(
    _with({"axis": NAMES, "subject": NAMES, "baseline": NAMES}, PLACE).map(lambda found: ("crossover", found)),
    _with({"of": CASES, "to": CASES, "at": AT}, BOUND).map(lambda found: ("ratio", found)),
    st.fixed_dictionaries({"axis": NAMES, "values": st.lists(SCALARS, min_size=2, max_size=4), "at": AT}).map(
        lambda found: ("order", found)
    ),
    _with({"axis": NAMES, "from": NUMBERS}, BOUND).map(lambda found: ("slope", found)),
    _with({"axis": NAMES, "equals": NUMBERS, "tolerance": PORTIONS}, st.just({})).map(lambda found: ("slope", found)),
    st.fixed_dictionaries({"of": CASES, "to": CASES, "at": AT, "band": PORTIONS}).map(
        lambda found: ("equality", found)
    ),
    _with(
        {"axis": NAMES, "part": SCALARS, "whole": SCALARS, "at": AT},
        BOUND | st.builds(lambda axis, place: {"under_half": {"axis": axis, **place}}, NAMES, PLACE),
    ).map(lambda found: ("share", found)),
    _with({"at": AT}, BOUND).map(lambda found: ("value", found)),
)


def toml(value: Any) -> str:
    """A value as TOML writes it; JSON's strings are TOML's too."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


@given(
    EXPECTATIONS, NAMES, NAMES, st.dictionaries(NAMES, SCALARS | st.lists(SCALARS, min_size=1, max_size=2), max_size=2)
)
def test_what_is_written_is_what_is_read_stored_and_read_again(expectation, text, source, where) -> None:
    kind, content = expectation
    head = {"id": "a-b", "text": text, "source": source, "metric": "time", "where": where}
    written = "[[claim]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in {**head, kind: content}.items())
    (parsed,) = parse_document(written, "x.toml").data["claim"]
    found = claim(ClaimTable.model_validate(parsed))
    stored = json.loads(json.dumps(claim_data(found)))
    assert stored == {**head, kind: content}
    assert stored_claim(stored) == found
    assert found.kind == kind


# --- what ships ---


def test_the_examples_of_the_document_load(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "SUITES.md").read_text(encoding="utf-8")
    first = re.findall(r"```toml\n(# complete suite.*?)```", page, re.DOTALL)[0]
    (example,) = re.findall(r"```toml\n(\[\[claim\]\].*?)```", page, re.DOTALL)
    (tmp_path / "mine.toml").write_text(first + example, encoding="utf-8")
    assert [one.kind for one in load_suite(tmp_path / "mine.toml").claims] == ["crossover", "slope"]
    for word in (*KINDS, *(set(PLACES) - set(BOUNDS)), "over_half", "under_half", "below_ratio_of"):
        assert f"`{word} = " in page


@pytest.mark.parametrize("name", ["attention", "encoder"])
def test_the_claims_of_the_shipped_suites_say_where_they_come_from(name: str) -> None:
    for preset in (None, "quick"):
        claims = load_suite(name, preset=preset).claims
        assert len(claims) == {"attention": 8, "encoder": 13}[name]
        assert all("Su 2021, Scientific Spaces 8610" in one.source for one in claims)
    metrics = {one.metric for one in claims}
    assert {"flops", "time"} <= metrics


def shipped(name: str, identifier: str) -> Any:
    (found,) = (one for one in load_suite(name).claims if one.id == identifier)
    return found.expectation


def test_the_formulas_of_the_kernels_meet_where_attention_claims_it() -> None:
    from bench.workloads.attention import core_flops

    def costs(kernel: str, n: int) -> float:
        return core_flops(kernel, 1, 8, n, 64)

    for identifier, kernel, n in (
        ("linear-from-d-flops", "linear", 64),
        ("projected-features-from-8d-flops", "performer", 512),
    ):
        times = shipped("attention", identifier).times
        assert times.of == "head_dim" and times.factor * 64 == n
        assert costs(kernel, n) == costs("naive", n)
    low, high = shipped("attention", "features-from-m-flops").within
    assert costs("taylor2", 2145) == costs("naive", 2145)
    assert (low, high) == pytest.approx((2145 * 0.95, 2145 * 1.05), abs=1)


def test_the_formulas_of_the_layer_are_those_of_the_encoders_claims() -> None:
    d = 768

    def layer(n: float) -> float:
        return 12 * n * d**2 + 2 * n**2 * d

    core = shipped("encoder", "quadratic-from-6d-flops").over_half.times
    n = core.factor * d
    assert 2 * n**2 * d == layer(n) / 2
    ffn = shipped("encoder", "attention-over-ffn-from-2d-flops").under_half.times
    n = ffn.factor * d
    assert 8 * n * d**2 == layer(n) / 2
    slope = shipped("encoder", "nearly-linear-to-1536-flops")
    assert slope.last == 2 * d
    local = (layer(1536 * 1.0001) / layer(1536 / 1.0001) - 1) / (1.0001**2 - 1)
    assert slope.equals + slope.tolerance == pytest.approx(local, abs=1e-3) == 1.25
    assert 2 * 4096**2 * d / layer(4096) < shipped("encoder", "quadratic-not-at-4096-flops").below
