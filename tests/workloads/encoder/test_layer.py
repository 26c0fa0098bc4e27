"""The modules: they compute what torch's own layer computes, and refuse what cannot be."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from bench.workloads.encoder import Encoder, EncoderLayer

HIDDEN, HEADS, FFN = 32, 4, 128


def torch_layer(ours: EncoderLayer) -> nn.TransformerEncoderLayer:
    """torch's layer with the same weights."""
    theirs = nn.TransformerEncoderLayer(HIDDEN, HEADS, FFN, dropout=0.0, activation="gelu", batch_first=True)
    attention = theirs.self_attn
    with torch.no_grad():
        projections = (ours.query, ours.key, ours.value)
        attention.in_proj_weight.copy_(torch.cat([each.weight for each in projections]))
        attention.in_proj_bias.copy_(torch.cat([each.bias for each in projections]))
    attention.out_proj.load_state_dict(ours.output.state_dict())
    theirs.linear1.load_state_dict(ours.feed_forward.up.state_dict())
    theirs.linear2.load_state_dict(ours.feed_forward.down.state_dict())
    theirs.norm1.load_state_dict(ours.attention_norm.state_dict())
    theirs.norm2.load_state_dict(ours.output_norm.state_dict())
    return theirs.to(ours.query.weight.dtype)


@pytest.mark.parametrize("kernel", ["naive", "sdpa"])
@pytest.mark.parametrize("causal", [False, True])
def test_layer_is_torchs_layer(kernel: str, causal: bool) -> None:
    torch.manual_seed(0)
    ours = EncoderLayer(HIDDEN, HEADS, FFN, kernel, causal=causal, eps=1e-5).double()  # type: ignore[arg-type]
    theirs = torch_layer(ours)
    x = torch.randn(2, 24, HIDDEN, dtype=torch.float64, requires_grad=True)
    mask = nn.Transformer.generate_square_subsequent_mask(24, dtype=torch.float64) if causal else None
    expected = theirs(x, src_mask=mask, is_causal=causal)
    got = ours(x)
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-12)
    g = torch.randn_like(got)
    torch.testing.assert_close(
        torch.autograd.grad(got, x, g), torch.autograd.grad(expected, x, g), rtol=1e-9, atol=1e-11
    )


def test_layer_has_berts_parameters() -> None:
    """BERT-base: 7,087,872 a layer."""
    with torch.device("meta"):
        layer = EncoderLayer(768, 12, 3072)
    assert sum(parameter.numel() for parameter in layer.parameters()) == 7_087_872
    assert layer.output_norm.eps == 1e-12


def test_encoder_applies_its_layers_in_turn() -> None:
    torch.manual_seed(0)
    model = Encoder(3, HIDDEN, HEADS, FFN, "linear")
    x = torch.randn(1, 10, HIDDEN)
    expected = x
    for layer in model.layers:
        expected = layer(expected)
    torch.testing.assert_close(model(x), expected)


def test_causal_layer_sees_no_later_token() -> None:
    torch.manual_seed(0)
    layer = EncoderLayer(HIDDEN, HEADS, FFN, "linear", causal=True)
    x = torch.randn(1, 100, HIDDEN)
    changed = x.clone()
    changed[:, 70:] += 1.0
    torch.testing.assert_close(layer(x)[:, :70], layer(changed)[:, :70])


def test_random_features_move_with_the_module() -> None:
    layer = EncoderLayer(HIDDEN, HEADS, FFN, "performer", projection=torch.randn(16, HIDDEN // HEADS))
    assert layer(torch.randn(1, 9, HIDDEN)).shape == (1, 9, HIDDEN)
    assert "core.projection" in layer.state_dict()


@pytest.mark.parametrize("heads", [0, -1, 5])
def test_heads_must_divide_hidden(heads: int) -> None:
    with pytest.raises(ValueError, match=r"hidden = 32 .* heads"):
        EncoderLayer(HIDDEN, heads, FFN)
