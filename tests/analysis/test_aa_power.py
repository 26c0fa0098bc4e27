"""The least change found, where it is known otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from bench.analysis.aa_power import BLOCKS, Averages, Look, detectable, detectable_apart, draw, protocol
from bench.analysis.decision import decided, looks, paired_effect, shares
from bench.suite.model import Compare
from tests.analysis.aa_frames import Numbers, pairs_of_logs


def drawn(differences: Numbers, longest: int, random: np.random.Generator) -> Numbers:
    """Blocks of pairs each of which came from servers of its own."""
    return draw(differences, np.arange(len(differences)), longest, random)


@pytest.mark.parametrize("servers", [1, 3, 24, 48])
@pytest.mark.parametrize("count", [2, 8, 12, 24, 30, 48])
def test_intervals_of_blocks_are_those_of_single_comparisons(count: int, servers: int) -> None:
    blocks = np.random.default_rng(count).standard_t(3, (6, 48))
    averages = Averages(blocks, servers)
    units = [place % servers for place in range(count)]
    for share in (1 / 7, 1.0):
        low, high = averages.interval(count, 1 - 0.01 * share)
        for row, block in enumerate(blocks):
            effect = paired_effect(block[:count].tolist(), 0.99, share, units)
            assert (low[row], high[row]) == pytest.approx((effect.low, effect.high), nan_ok=True, rel=1e-9)


def test_protocol_is_that_of_a_run() -> None:
    compare = Compare("first")
    told = [(look.pairs, round(1 - look.level, 6), look.may_change) for look in protocol(compare)]
    assert told == [(12, round(0.01 / 7, 6), False), (24, round(0.02 / 7, 6), True), (48, round(0.04 / 7, 6), True)]
    # The budget ends it at 30 pairs: the look then due is the last.
    assert [look.pairs for look in protocol(compare, last=30)] == [12, 24, 30]
    assert [look.pairs for look in protocol(compare, last=12)] == [12]
    assert [(look.pairs, look.may_change) for look in protocol(compare, 12)] == [(12, True)]


def test_one_look_at_normal_noise_has_the_power_of_students_t() -> None:
    count, sd = 8, 0.02
    quantiles = stats.norm.ppf((np.arange(4000) + 0.5) / 4000) * sd
    blocks = drawn(quantiles, count, np.random.default_rng(1))
    critical = stats.t.ppf(0.995, count - 1)
    found = detectable(blocks, [Look(count, 0.99, True)], 1e-9, count)
    for power, least in zip((0.8, 0.95), found, strict=True):
        exact = optimize.brentq(
            lambda shift, power=power: stats.nct.sf(critical, count - 1, shift * math.sqrt(count) / sd) - power, 0, 1
        )
        # 200 blocks: the share found has a standard error of 2.8 % at most, the shift one of some 5 %.
        assert math.log1p(least) == pytest.approx(exact, rel=0.15)


def test_the_procedure_finds_what_it_is_said_to_find() -> None:
    """Against comparisons simulated one by one, with the code that judges real ones."""
    random, compare, sd = np.random.default_rng(2), Compare("first"), 0.03
    (least, _) = detectable(drawn(random.normal(0, sd, 2000), 48, random), protocol(compare), compare.band, 48)
    planned = looks(*compare.pairs)
    found = 0
    for _ in range(BLOCKS):
        differences = random.normal(math.log1p(least), sd, 48).tolist()
        for look, (count, share) in enumerate(zip(planned, shares(planned), strict=True), 1):
            told = decided(paired_effect(differences[:count], compare.level, share), look, compare.band)
            if told is not None:
                found += told == "slower"
                break
    assert 0.68 <= found / BLOCKS <= 0.92  # 80 %, four standard errors


def test_pairs_of_one_pair_of_servers_are_drawn_with_one_sign() -> None:
    # Three pairs of servers, told apart by their digits.
    differences, servers = np.array([1.0, 20.0, 2.0, 10.0, 3.0, 100.0]), np.array([0, 1, 0, 1, 0, 2])
    blocks = draw(differences, servers, 8, np.random.default_rng(0))
    assert blocks.shape == (BLOCKS, 8)
    assert set(np.abs(blocks).ravel()) == set(differences)
    sizes = np.floor(np.log10(np.abs(blocks)))
    for turn in range(3):
        alike = np.sign(blocks[:, turn::3]) * (1 + sizes[:, turn::3])
        assert (alike == alike[:, :1]).all()
    # Each is drawn as often as the others, and each sign too: 200 blocks of 3 at one in six, five standard errors.
    firsts = (np.sign(blocks) * (1 + sizes))[:, :3]
    assert [int((firsts == value).sum()) for value in (-3, -2, -1, 1, 2, 3)] == pytest.approx([100] * 6, abs=46)


def test_more_pairs_from_the_same_servers_do_not_resolve_what_differs_between_servers() -> None:
    """Where servers differ ten times as much as their pairs, against comparisons simulated one by one."""
    random, compare, sd = np.random.default_rng(6), Compare("first"), 0.03
    quantiles = stats.norm.ppf((np.arange(24) + 0.5) / 24)
    servers = np.arange(240) % 24
    differences = (sd * quantiles / quantiles.std())[servers] + random.normal(0, sd / 10, 240)
    blocks = draw(differences, servers, 48, random)
    (least, _) = detectable(blocks, protocol(compare), compare.band, 24)
    (once, _) = detectable(blocks, [Look(24, 0.99, True)], compare.band, 24)
    assert detectable(blocks, [Look(48, 0.99, True)], compare.band, 24)[0] == pytest.approx(once, rel=0.05)
    planned, found = looks(*compare.pairs), 0
    for _ in range(BLOCKS):
        differences = math.log1p(least) + random.normal(0, sd, 24)[np.arange(48) % 24] + random.normal(0, sd / 10, 48)
        for look, (count, share) in enumerate(zip(planned, shares(planned), strict=True), 1):
            units = [place % 24 for place in range(count)]
            told = decided(paired_effect(differences[:count].tolist(), compare.level, share, units), look, compare.band)
            if told is not None:
                found += told == "slower"
                break
    assert 0.66 <= found / BLOCKS <= 0.92  # 80 %, four standard errors and those of the 200 blocks


def test_a_change_within_the_band_is_called_the_same_first() -> None:
    blocks = drawn(np.random.default_rng(0).normal(0, 1e-4, 200), 48, np.random.default_rng(0))
    assert detectable(blocks, protocol(Compare("first")), 0.02, 48) == pytest.approx((0.02, 0.02), abs=3e-4)


def test_what_is_never_found_is_infinite() -> None:
    blocks = drawn(np.array([0.01, 0.02]), 12, np.random.default_rng(0))
    # The only look is the first of three, which confirms nothing.
    assert detectable(blocks, protocol(Compare("first"), last=12), 0.02, 12) == (math.inf, math.inf)
    wild = drawn(np.array([5.0, -5.0]), 2, np.random.default_rng(0))
    assert detectable(wild, [Look(2, 0.99, True)], 0.02, 2)[1] == math.inf


def test_drift_costs_resolution_only_where_sides_are_apart() -> None:
    random = np.random.default_rng(4)
    walk = np.cumsum(random.normal(0, 0.01, 240))
    logs = walk[:, None] + random.normal(0, 0.01, (240, 2))
    pairs = pairs_of_logs(logs)
    beside = detectable(drawn(pairs.differences, 48, random), protocol(Compare("first")), 0.02, 48)
    apart = detectable_apart(pairs, 48, 0.99, 0.02, random)
    assert apart[0] > 2 * beside[0]
    assert all(least < more for least, more in (beside, apart))
