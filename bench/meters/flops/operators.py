"""Which operators may be counted as 0: the others must have a formula or be listed as uncounted.

The rule leans to the safe side. An operator of torch's own namespaces is free unless a word of its name says that it
multiplies matrices or factorises one; an operator of any other namespace (a custom operator, an extension) is never
free unless it is tagged as pointwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Namespaces of torch itself, whose names follow the words below; all others are unknown.
_OWN = {"aten", "prims", "quantized", "_quantized", "onednn", "mkldnn", "mkl", "mkldnn_prepacked", "inductor", "sparse"}
# Queries of metadata, communication and bookkeeping: they compute nothing, whatever their name.
_SILENT = {"prim", "profiler", "rngprims", "debugprims", "c10d", "c10d_functional", "_c10d_functional", "symm_mem"}

_PRODUCT = re.compile(
    r"[a-z]*mm|gemm|matmul|q?linear|q?conv(\dd)?|convolution|attention|attn|sdpa|transformer|rnn|lstm|gru|einsum"
    r"|(tensor|v)?dot|(add)?mv|ger|addr|inner|outer|kron|(bi|tri)linear|cdist|fft|linalg|matrix|householder"
    r"|cholesky|lu|svd|qr|geqrf|ormqr|orgqr|p?inverse|solve|spsolve|lstsq|[a-z]*det|eigh?|eigvalsh?"
)
# Words that turn such a name into something else: layout changes, resizing, norms.
_PREPARES = {"flatten", "reorder", "prepack", "pack", "unpack", "upsample", "norm", "cache", "H"}
# The gates of a recurrent cell, after its matrix products; elementwise products of vectors; shifts, checks and sums.
_FREE = {
    "_thnn_fused_lstm_cell", "_thnn_fused_lstm_cell_backward", "_thnn_fused_lstm_cell_backward_impl",
    "_thnn_fused_gru_cell", "_thnn_fused_gru_cell_backward", "_thnn_differentiable_lstm_cell_backward",
    "_thnn_differentiable_gru_cell_backward", "linalg_cross", "linalg_vecdot", "linalg_diagonal", "linalg__powsum",
    "_linalg_check_errors", "fft_fftshift", "fft_ifftshift", "fft_fftfreq", "fft_rfftfreq", "slice_inverse",
}  # fmt: skip


def is_silent(name: str) -> bool:
    """Say whether an operator (``"namespace::name"``) is mere bookkeeping that no list needs to show."""
    return name.partition("::")[0] in _SILENT


def is_free(name: str, tags: Iterable[object] = ()) -> bool:
    """Say whether an operator (``"namespace::name"``) holds no matrix product, so that it may count as 0.

    Args:
        name: Qualified name, without overload.
        tags: The operator's torch tags; one named ``pointwise`` makes it free.
    """
    if any(getattr(tag, "name", None) == "pointwise" for tag in tags):
        return True
    namespace, _, base = name.partition("::")
    if namespace in _SILENT:
        return True
    if namespace not in _OWN:
        return False
    base = base.rstrip("_")
    words = base.split("_")
    if base in _FREE or not _PREPARES.isdisjoint(words):
        return True
    return not any(_PRODUCT.fullmatch(word) for word in words)
