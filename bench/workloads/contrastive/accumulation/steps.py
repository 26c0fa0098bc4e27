"""One training step's gradient, by every method: whole batch, naive accumulation, and the two-pass methods.

The two-pass methods encode the batch chunk by chunk without a graph, find the gradient of the loss with respect to the
embeddings (the *cache*), then encode each chunk again, now with a graph, and send the cache backwards through it.
Sources: Su, Scientific Spaces, article 8471; GradCache (arXiv 2101.06983).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from .closed import closed_form_cache, plain_loss
from .network import Encoder
from .tiled import tiled_loss

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Step:
    """What a step needs: the encoder, its inputs, and how they are cut.

    Attributes:
        encoder: Trained in place: its running statistics change, its weights do not.
        pairs: Inputs ``(batch, 2, features)``.
        chunk: Pairs encoded at a time.
        temperature: Of the loss.
        tile: Of the tiled loss.
        seed: Chunk k draws its dropout masks from a generator that starts from (seed, k), anew in each step.
    """

    encoder: Encoder
    pairs: Tensor
    chunk: int
    temperature: float
    tile: int
    seed: int

    def gradients(self, method: str) -> list[Tensor]:
        """The gradient of every parameter, in the encoder's order.

        Args:
            method: One of :data:`METHODS`.
        """
        parameters = list(self.encoder.parameters())
        self.encoder.zero_grad(set_to_none=True)
        METHODS[method](self)
        found = [parameter.grad for parameter in parameters if parameter.grad is not None]
        # They go to the caller: a gradient left behind would be memory that the next call seems to free.
        self.encoder.zero_grad(set_to_none=True)
        return found

    def counted_gradients(self, method: str) -> tuple[list[Tensor], float, float]:
        """The same, with the encoder's passes per pair and how often the running statistics changed."""
        encoded = 0

        def count(module: object, arguments: tuple[Tensor, ...], output: Tensor) -> None:
            nonlocal encoded
            encoded += len(output)

        before = self._running_stat_updates()
        hook = self.encoder.register_forward_hook(count)
        try:
            gradients = self.gradients(method)
        finally:
            hook.remove()
        return gradients, encoded / len(self.pairs), self._running_stat_updates() - before

    def _running_stat_updates(self) -> float:
        """Updates of the first batch norm so far; 0 where there is none."""
        seen = [buffer for name, buffer in self.encoder.named_buffers() if name.endswith("num_batches_tracked")]
        return float(seen[0]) if seen else 0.0

    # -- the methods ---------------------------------------------------------------------------------------------------

    def whole(self, loss: Loss) -> None:
        """One graph over the whole batch."""
        embedded = self.encoder(self.pairs, self.chunk, self._generators())
        loss(*embedded.unbind(1)).backward()  # type: ignore[no-untyped-call]

    def naive(self) -> None:
        """The mean of the chunks' losses, each with its own pairs as the only negatives; ragged ones by their size."""
        for chunk, generators in self._chunks(self._generators()):
            embedded = self.encoder(self.pairs[chunk], self.chunk, generators)
            loss: Tensor = self.plain(*embedded.unbind(1)) * (len(embedded) / len(self.pairs))
            loss.backward()  # type: ignore[no-untyped-call]

    def two_pass(self, cache: Callable[[Tensor], Tensor], replay: bool) -> None:
        """Embeddings first, then the surrogate ``Σ h·h̃`` of each chunk.

        Args:
            cache: From the embeddings ``(batch, 2, dim)`` to the loss's gradient with respect to them.
            replay: Whether the second pass starts from the generators' states of the first, so that it draws the same
                dropout masks; otherwise it goes on from where the first ended.
        """
        generators = self._generators()
        states = [generator.get_state() for generator in generators]
        with torch.no_grad():
            encoded = [self.encoder(self.pairs[chunk], self.chunk, own) for chunk, own in self._chunks(generators)]
            embedded = torch.cat(encoded)
            del encoded
        pulls = cache(embedded)
        if replay:
            for generator, state in zip(generators, states, strict=True):
                generator.set_state(state)
        for chunk, own in self._chunks(generators):
            # The derivative of the surrogate with respect to h is h̃: it is given to backward, the sum is never taken.
            self.encoder(self.pairs[chunk], self.chunk, own).backward(pulls[chunk])

    def other_masks(self) -> Step:
        """The same step with another draw of dropout masks.

        Its seed is negative: no case starts from one, and generators differ in the low 32 bits, all that torch's
        generator on the CPU reads.
        """
        return replace(self, seed=-1 - self.seed)

    # -- the caches ----------------------------------------------------------------------------------------------------

    def closed_form(self, embedded: Tensor) -> Tensor:
        """The cache by formula."""
        a, b = embedded.unbind(1)
        return torch.stack(closed_form_cache(a, b, self.temperature), dim=1)

    def by_autograd(self, loss: Loss) -> Callable[[Tensor], Tensor]:
        """The cache of any loss, by autograd on detached embeddings."""

        def cache(embedded: Tensor) -> Tensor:
            leaf = embedded.detach().requires_grad_()
            return torch.autograd.grad(loss(*leaf.unbind(1)), leaf)[0]

        return cache

    def plain(self, a: Tensor, b: Tensor) -> Tensor:
        """InfoNCE with all scores in memory."""
        return plain_loss(a, b, self.temperature)

    def tiled(self, a: Tensor, b: Tensor) -> Tensor:
        """InfoNCE in tiles."""
        return tiled_loss(a, b, self.temperature, self.tile)

    # -- chunks --------------------------------------------------------------------------------------------------------

    def _generators(self) -> list[torch.Generator]:
        """A fresh generator for each chunk; none without dropout."""
        count = -(-len(self.pairs) // self.chunk) if self.encoder.dropout else 0
        made = [torch.Generator(self.pairs.device) for _ in range(count)]
        return [generator.manual_seed(self.seed * 1_000_003 + k) for k, generator in enumerate(made)]

    def _chunks(self, generators: list[torch.Generator]) -> Iterator[tuple[slice, list[torch.Generator]]]:
        """Each chunk's place in the batch and, with dropout, its generator."""
        for k, start in enumerate(range(0, len(self.pairs), self.chunk)):
            yield slice(start, start + self.chunk), generators[k : k + 1]


METHODS: dict[str, Callable[[Step], Any]] = {
    "full": lambda step: step.whole(step.plain),
    "full_other_masks": lambda step: step.other_masks().whole(step.plain),
    "tiled": lambda step: step.whole(step.tiled),
    "naive": lambda step: step.naive(),
    "two_pass": lambda step: step.two_pass(step.closed_form, replay=False),
    "cached": lambda step: step.two_pass(step.by_autograd(step.plain), replay=False),
    "cached_replay": lambda step: step.two_pass(step.by_autograd(step.plain), replay=True),
    "cached_tiled": lambda step: step.two_pass(step.by_autograd(step.tiled), replay=True),
}
"""How each method computes the gradient of a step."""
