from __future__ import annotations

import math

import pytest

from bench.analysis.shares import halves, share_table
from tests.analysis.frames import Bench

SHARE = {"axis": "part", "whole": "layer", "shared": ["projections", "ffn"]}
AXES = {"kernel": ["sdpa", "linear"], "part": ["projections", "core", "ffn", "layer"], "n": [], "hidden": [768]}
D = 768


def layer(lengths: list[int]) -> Bench:
    """A Transformer layer's FLOPs: 8nD² projections, 4n²D core (SDPA), 16nD² FFN; linear core 4nD·64."""
    bench = Bench("kernel", "n", "part")
    for n in lengths:
        shared = {"projections": 8 * n * D * D, "ffn": 16 * n * D * D}
        for kernel, core in (("sdpa", 4 * n * n * D), ("linear", 4 * n * D * 64)):
            for part, value in shared.items():
                if kernel == "sdpa":
                    bench.exact("flops_formula", value, kernel=kernel, n=n, part=part)
                else:
                    bench.fail("skipped", "the same for every kernel", ["flops_formula"], kernel=kernel, n=n, part=part)
            bench.exact("flops_formula", core, kernel=kernel, n=n, part="core")
            bench.exact("flops_formula", core + sum(shared.values()), kernel=kernel, n=n, part="layer")
    return bench


def test_shares_of_a_transformer_layer() -> None:
    table = share_table(layer([1536, 4608]).measurements, SHARE, "kernel", AXES)
    rows = table[(table["n"] == 4608) & (table["subject"] == "sdpa")].set_index("part")
    # n = 6 D: the core is half of the layer; projections and FFN share the rest 1 : 2.
    assert rows["share"].to_dict() == pytest.approx({"projections": 1 / 6, "core": 1 / 2, "ffn": 1 / 3})
    assert rows["check"].tolist() == pytest.approx([1, 1, 1])
    linear = table[(table["n"] == 1536) & (table["subject"] == "linear")].set_index("part")
    assert linear["value"]["ffn"] == 16 * 1536 * D * D, "a shared part counts for every subject"
    assert linear["check"].tolist() == pytest.approx([1, 1, 1])
    assert set(table["metric"]) == {"flops"}
    assert list(table.columns) == ["n", "subject", "metric", "part", "value", "whole", "share", "check"]


def test_halves_of_a_transformer_layer() -> None:
    shares = share_table(layer([384, 1536, 3000, 18432]).measurements, SHARE, "kernel", AXES)
    table = halves(shares, "n", "layer", "hidden", AXES, {"hidden": "D", "core": "attention core"})
    sdpa = table[table["subject"] == "sdpa"].set_index("part")
    # The quadratic term is half of the layer at n = 6 D = 4608; the FFN loses its half at n = 2 D = 1536.
    assert sdpa["outcome"].to_dict() == {"projections": "under", "core": "rises", "ffn": "falls"}
    assert sdpa["at"]["core"] == pytest.approx(4608) and sdpa["at"]["ffn"] == pytest.approx(1536)
    assert sdpa["text"]["core"] == "attention core is over half of layer from n ≈ 4608 = 6.0·D"
    assert sdpa["text"]["ffn"] == "ffn is under half of layer from n ≈ 1536 = 2.0·D"
    assert sdpa["text"]["projections"] == "projections is under half of layer from n = 384 to 18432"
    linear = table[table["subject"] == "linear"].set_index("part")
    assert linear["outcome"].to_dict() == {"projections": "under", "core": "under", "ffn": "over"}


def test_a_missing_part_leaves_no_check() -> None:
    bench = layer([64])
    bench.rows = [row for row in bench.rows if not (row["part"] == "core" and row["subject"] == "linear")]
    table = share_table(bench.measurements, SHARE, "kernel", AXES)
    assert table.loc[table["subject"] == "linear", "part"].tolist() == ["projections", "ffn"]
    assert all(math.isnan(check) for check in table.loc[table["subject"] == "linear", "check"])
    assert halves(table, "n", "layer").empty, "one n shows no passing"


def test_nothing_to_split() -> None:
    bench = layer([64])
    assert share_table(bench.measurements, None, "kernel", AXES).empty
    assert share_table(Bench("kernel", "n", "part").measurements, SHARE, "kernel", AXES).empty
    assert halves(share_table(bench.measurements, None, "kernel", AXES), "", "").empty
