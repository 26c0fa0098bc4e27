"""A BERT-style encoder whose attention kernel can be chosen."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from ..attention import attend
from ..attention.workload import Kernel


class AttentionCore(nn.Module):
    """Everything in attention that is not a projection: split into heads, the kernel, merge the heads again."""

    projection: Tensor | None

    def __init__(self, kernel: Kernel, heads: int, causal: bool = False, projection: Tensor | None = None) -> None:
        """Keep the choice of kernel; ``projection`` is a random-feature kernel's ``(features, head_dim)`` matrix."""
        super().__init__()
        self.kernel = kernel
        self.heads = heads
        self.causal = causal
        self.register_buffer("projection", projection)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attend.

        Args:
            q: Projected queries ``(batch, n, hidden)``.
            k: Projected keys, the same shape.
            v: Projected values, the same shape.

        Returns:
            ``(batch, n, hidden)``, before the output projection.
        """
        out = attend(
            self.kernel, self.split(q), self.split(k), self.split(v), causal=self.causal, projection=self.projection
        )
        return out.transpose(1, 2).reshape(q.shape)

    def split(self, x: Tensor) -> Tensor:
        """View ``(batch, n, hidden)`` as ``(batch, heads, n, head_dim)``."""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


class FeedForward(nn.Module):
    """``down(gelu(up(x)))`` with the exact (erf) GELU, on ``(batch, n, hidden)``."""

    def __init__(self, hidden: int, ffn: int) -> None:
        """Make the two projections: ``hidden`` to ``ffn`` numbers per token, and back."""
        super().__init__()
        self.up = nn.Linear(hidden, ffn)
        self.down = nn.Linear(ffn, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """Map each token by itself; the shape stays."""
        out: Tensor = self.down(F.gelu(self.up(x)))
        return out


class EncoderLayer(nn.Module):
    """One post-norm transformer layer (Vaswani et al. 2017; Devlin et al. 2018), without dropout.

    ``y = norm(x + output(core(query(x), key(x), value(x))))``, then ``norm(y + feed_forward(y))``. With a softmax
    kernel it computes what ``torch.nn.TransformerEncoderLayer(activation="gelu", dropout=0)`` computes.
    """

    def __init__(
        self,
        hidden: int,
        heads: int,
        ffn: int,
        kernel: Kernel = "sdpa",
        *,
        causal: bool = False,
        projection: Tensor | None = None,
        eps: float = 1e-12,
    ) -> None:
        """Make a layer.

        Args:
            hidden: Numbers per token.
            heads: Attention heads; must divide ``hidden``.
            ffn: Inner width of the feed-forward network; BERT has ``4 * hidden``.
            kernel: Attention kernel, by name.
            causal: A token sees no later one.
            projection: Matrix ``(features, hidden // heads)`` of a kernel with random features.
            eps: Added to the variance in both layer norms; BERT's value. torch's layer has 1e-5.

        Raises:
            ValueError: ``heads`` does not divide ``hidden``.
        """
        super().__init__()
        if heads < 1 or hidden % heads:
            raise ValueError(f"hidden = {hidden} cannot be split into heads = {heads}: it must be a multiple of it")
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden)
        self.output = nn.Linear(hidden, hidden)
        self.core = AttentionCore(kernel, heads, causal, projection)
        self.attention_norm = nn.LayerNorm(hidden, eps=eps)
        self.feed_forward = FeedForward(hidden, ffn)
        self.output_norm = nn.LayerNorm(hidden, eps=eps)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, n, hidden)`` to the same shape."""
        # No name holds q, k and v, so that they are gone once the core is done with them.
        return self.finish(x, self.core(self.query(x), self.key(x), self.value(x)))

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        """What comes after the core: output projection, residuals, norms, feed-forward; all of it token by token."""
        x = self.attention_norm(x + self.output(attended))
        del attended  # without gradients this frees it before the feed-forward network, where memory peaks
        out: Tensor = self.output_norm(x + self.feed_forward(x))
        return out

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """All four projections, query, key, value and output, of the same ``(batch, n, hidden)`` tensor."""
        return self.query(x), self.key(x), self.value(x), self.output(x)


class Encoder(nn.Module):
    """``layers`` encoder layers, one after the other. Embeddings and heads for a task are not part of it."""

    def __init__(
        self,
        layers: int,
        hidden: int,
        heads: int,
        ffn: int,
        kernel: Kernel = "sdpa",
        *,
        causal: bool = False,
        projection: Tensor | None = None,
        eps: float = 1e-12,
    ) -> None:
        """Make ``layers`` layers that share ``projection``; other arguments are those of :class:`EncoderLayer`."""
        super().__init__()
        self.layers = nn.ModuleList(
            EncoderLayer(hidden, heads, ffn, kernel, causal=causal, projection=projection, eps=eps)
            for _ in range(layers)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, n, hidden)`` to the same shape."""
        for layer in self.layers:
            x = layer(x)
        return x
