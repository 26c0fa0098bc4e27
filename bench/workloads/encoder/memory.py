"""How much memory the parts of an encoder take at their peak, by formula: an estimate, rather above than below.

T is one ``(batch, n, hidden)`` tensor, W the gradients of the parameters, r the ratio of the feed-forward network.
"""

from __future__ import annotations

from ..attention.catalog import kernel_entry
from ..attention.costs import ITEM_BYTES
from .costs import Size, parameter_count


def peak_bytes(part: str, size: Size) -> float | None:
    """Peak bytes of tensors above the inputs during one call; ``None`` where the attention kernel has no formula."""
    core = _core(size)
    if part == "core":
        return core
    if part == "projections":
        # The four outputs; in backward beside them two and a half gradients of the input, before they are summed.
        backward = 2.5 * size.tensor_bytes + _weights(part, size) if size.backward else 0.0
        return 4.0 * size.tensor_bytes + backward + _packed(size)
    if part == "ffn":
        return _ffn(size) + _packed(size)
    if core is None:
        return None
    layers = size.layers if part == "model" else 1
    if not size.backward:
        # Before GELU and after it, beside the sub-layer's input; a model also holds the input of the layer it is in.
        widest = max(3 * size.tensor_bytes + core, size.tensor_bytes + 2 * _inner(size))
        return widest + (layers > 1) * size.tensor_bytes + _packed(size)
    # While the last layer's backward runs, the others hold what they saved; while the first's does, gradients.
    held = max(_saved(size, core), _weights("layer", size))
    return _layer_backward(size, core) + (layers - 1) * held + _packed(size)


def _core(size: Size) -> float | None:
    """The kernel's own peak, or that of merging the heads; batches of sequences are copied for the kernel."""
    peak = size.core.peak_bytes
    if peak is None:
        return None
    copies = 3 * size.tensor_bytes if size.batch > 1 else 0
    return max(peak + copies, 2.0 * size.tensor_bytes)


def _ffn(size: Size) -> float:
    inner, tensor, weights = _inner(size), size.tensor_bytes, _weights("ffn", size)
    if not size.backward:
        return 2.0 * inner
    # Either at GELU's backward, with half of the weights' gradients, or at the end with all of them.
    return max(3 * inner + tensor + weights / 2, inner + 2 * tensor + weights)


def _layer_backward(size: Size, core: float) -> float:
    """The largest of three moments: at the feed-forward network, at the core, at the end."""
    tensor, ffn = size.tensor_bytes, _weights("ffn", size)
    output = size.hidden**2 * ITEM_BYTES[size.dtype]
    at_ffn = _saved(size, core) + _inner(size) + ffn / 2
    at_core = core + 5 * tensor + ffn + output
    at_end = 5.0 * tensor + _weights("layer", size)
    return max(at_ffn, at_core, at_end)


def _saved(size: Size, core: float) -> float:
    """What a layer keeps for its backward: eight T, the inner tensors of its network, and a share of the core's peak.

    The share is a third for softmax with its weights, two thirds for kernels that keep features; half is near enough
    for the others.
    """
    share = 1 / 2 if kernel_entry(size.kernel).exact else 2 / 3
    return 8 * size.tensor_bytes + 2 * _inner(size) + core * share


def _inner(size: Size) -> float:
    return size.tensor_bytes * size.ffn / size.hidden


def _weights(part: str, size: Size) -> float:
    return float(parameter_count(part, size) * ITEM_BYTES[size.dtype])


def _packed(size: Size) -> float:
    """Half-precision products pack an operand: up to a third of T was seen."""
    return size.tensor_bytes / 3 if ITEM_BYTES[size.dtype] == 2 else 0.0
