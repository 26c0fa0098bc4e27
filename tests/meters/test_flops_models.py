"""Acceptance: within 0.5 % of the hand count on nn.TransformerEncoderLayer and transformers' BertModel.

Hand counts (Crossover's convention), n tokens, width D: a layer 24nD² + 4n²D forward; its backward 2 · 24nD² for the
linear layers and, for attention, 2 times its forward as plain products and 2.5 times as a fused kernel. BertModel adds
a pooler of 2D². The long ones run on fake tensors; that these count the same operators is checked where both fit.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from bench.meters.flops import FlopCount, count_flops, trace_flops

LENGTHS = [128, 1024, 4096]
D = 768


def layer_by_hand(n: int, attention_backward: float | None = None) -> float:
    linears, attention = 24 * n * D**2, 4 * n * n * D
    return linears + attention if attention_backward is None else 3 * linears + (1 + attention_backward) * attention


def close(count: FlopCount, expected: float) -> bool:
    return count.complete and abs(count.total / expected - 1) < 0.005


def encoder_layer(dropout: float = 0.0) -> nn.TransformerEncoderLayer:
    return nn.TransformerEncoderLayer(D, 12, 4 * D, dropout=dropout, batch_first=True)


def bert(implementation: str, layers: int = 1) -> Any:
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=50, num_hidden_layers=layers, max_position_embeddings=4096, attn_implementation=implementation
    )
    return transformers.BertModel(config)


@pytest.mark.parametrize("n", LENGTHS)
def test_encoder_layer_forward(n: int) -> None:
    layer, x = encoder_layer(), torch.randn(1, n, D)
    assert close(count_flops(layer.train(), x, fake=True), layer_by_hand(n))
    layer.eval()
    assert close(count_flops(layer, x, fake=True), layer_by_hand(n))
    for grad_mode in (torch.no_grad, torch.inference_mode):
        with grad_mode():
            fused = count_flops(layer, x, fake=True)
        assert close(fused, layer_by_hand(n))
        assert set(fused.by_operator) == {"aten::_transformer_encoder_layer_fwd"}


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize(("dropout", "factor"), [(0.0, 2.5), (0.1, 2.0)])
def test_encoder_layer_forward_and_backward(n: int, dropout: float, factor: float) -> None:
    # On CPU dropout inside attention takes the path of plain products.
    x = torch.randn(1, n, D, requires_grad=True)
    assert close(count_flops(encoder_layer(dropout), x, fake=True, backward=True), layer_by_hand(n, factor))


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize(("implementation", "factor"), [("sdpa", 2.5), ("eager", 2.0)])
def test_bert(n: int, implementation: str, factor: float) -> None:
    model, tokens = bert(implementation, layers=2).eval(), torch.zeros(1, n, dtype=torch.long)
    pooler = 2 * D**2
    assert close(count_flops(model, tokens, fake=True), 2 * layer_by_hand(n) + pooler)
    both = count_flops(model, tokens, fake=True, backward=True)
    assert close(both, 2 * layer_by_hand(n, factor) + 3 * pooler)
    assert both.by_module["BertModel"] == both.total
    layers = [both.by_module[f"BertModel.encoder.layer.{i}"] for i in range(2)]
    assert layers[0] == layers[1] == both.total // 2 - 3 * pooler // 2


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
@pytest.mark.parametrize("training", [True, False])
def test_bert_fake_takes_the_operators_of_the_real_run(implementation: str, training: bool) -> None:
    model, tokens = bert(implementation).train(training), torch.zeros(1, 32, dtype=torch.long)
    assert count_flops(model, tokens, backward=True) == count_flops(model, tokens, backward=True, fake=True)
    mask = torch.ones_like(tokens)
    real = count_flops(model, tokens, attention_mask=mask)
    assert real.total == count_flops(model, tokens).total


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("backward", [True, False])
@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_encoder_layer_fake_takes_the_operators_of_the_real_run(training: bool, backward: bool, dropout: float) -> None:
    layer, x = encoder_layer(dropout).train(training), torch.randn(1, 16, D)
    with torch.no_grad():
        assert count_flops(layer, x, backward=backward) == count_flops(layer, x, backward=backward, fake=True)


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_a_real_run_and_the_trace_agree_at_128(implementation: str) -> None:
    model, tokens = bert(implementation).eval(), torch.zeros(1, 128, dtype=torch.long)
    with torch.no_grad():
        real, traced = count_flops(model, tokens), trace_flops(model, (tokens,))
    assert close(real, layer_by_hand(128) + 2 * D**2)
    assert close(traced, layer_by_hand(128) + 2 * D**2)


def test_encoder_layer_trace() -> None:
    layer, x = encoder_layer(), torch.randn(1, 128, D)
    assert close(trace_flops(layer, (x,)), layer_by_hand(128))
    with torch.no_grad():
        assert close(trace_flops(layer.eval(), (x,)), layer_by_hand(128))


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_padding_that_the_fused_path_skips_is_not_counted() -> None:
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2).eval()
    padding = torch.zeros(2, 6, dtype=torch.bool)
    padding[1, 3:] = True
    with torch.no_grad():
        count = count_flops(encoder, torch.randn(2, 6, 16), src_key_padding_mask=padding)

    def by_hand(n: int) -> int:
        return 2 * n * (4 * 16 * 16 + 2 * 16 * 32) + 4 * n * n * 16

    assert count.total == 2 * (by_hand(6) + by_hand(3))
