"""The precision workload: one contrastive loss with one stage in one precision, as a task to measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ...protocol import Outcome, Prepared, Task, Unsupported
from ..losses import PUBLISHED, PUBLISHED_FORM, ArmName, Form, PublishedName
from .compare import LOGARITHMIC
from .costs import CONVENTION, Size
from .inputs import draw_pairs
from .numerics import NUMERICS, Precision, Stage
from .operators import recorded_operators
from .outcome import answered, draw_numbers
from .passes import Setup, rounded_inputs, run_forward, run_pass
from .reference import exact_reference, positive_columns

Loss = ArmName | PublishedName

ANCHOR_PAIRS = 2048
"""Pairs that all draws of a case have together at most: a batch of 512 is drawn four times, one of 2048 once."""


def precision(
    loss: Loss,
    dtype: Precision,
    batch: int,
    temperature: float,
    alignment: float,
    stage: Stage = "loss",
    form: Form = "two_view",
    dim: int = 128,
    draws: int = 5,
    device: str = "cpu",
    seed: int = 0,
) -> Task:
    """What rounding does to one loss on random pairs of unit vectors, independent but for the positives.

    The outcomes are those of :func:`.outcome.draw_numbers`, one value for each draw. The ``call`` is one pass forward
    and backward on the first draw, at the first loss scale.

    Args:
        loss: Which loss.
        dtype: The precision.
        batch: Pairs.
        temperature: Divides the cosines.
        alignment: Cosine of the positive pair, from -1 to 1.
        stage: What is done in the precision.
        form: Which embeddings are candidates.
        dim: Width of an embedding.
        draws: Independent draws of inputs, at most ``2048 // batch`` and at least 1.
        device: Where it runs.
        seed: Of the inputs.

    Raises:
        ValueError: If a number is out of its range, or the loss, precision, stage and form do not go together.
        Unsupported: If the device cannot compute in this precision or in float64.
    """
    _check(loss, dtype, stage, form)
    if batch < 2 or dim < 2 or draws < 1 or not temperature > 0 or not -1 <= alignment <= 1:
        raise ValueError(
            "batch and dim must be at least 2, draws at least 1, temperature above 0 and alignment from -1 to 1, not"
            f" {batch}, {dim}, {draws}, {temperature} and {alignment}"
        )
    if device.startswith("mps"):
        raise Unsupported("the reference is in float64, which MPS lacks")
    if dtype == "tf32" and not device.startswith("cuda"):
        raise Unsupported(_TF32)
    numerics = NUMERICS[dtype]
    setup = Setup(loss, numerics, stage, temperature, form)
    size = Size(batch, dim, form == "two_view", numerics, stage)
    case = _Case(setup, batch, dim, alignment, max(1, min(draws, ANCHOR_PAIRS // batch)), device, seed)
    return Task(
        prepare=case.prepare,
        flops=None if loss in PUBLISHED else size.flops,
        peak_bytes=size.peak_bytes,
        input_bytes=size.input_bytes,
        convention=CONVENTION,
    )


_TF32 = "TF32 needs a CUDA device of compute capability 8.0 or later"


def _check(loss: str, dtype: str, stage: Stage, form: Form) -> None:
    if stage not in NUMERICS[dtype].stages:
        stages = ", ".join(NUMERICS[dtype].stages)
        raise ValueError(f"{dtype} cannot be confined to the stage {stage}; it can to: {stages}")
    if loss in PUBLISHED and stage != "all":
        raise ValueError(f"{loss} takes embeddings and hides its scores: only the stage all can be in a precision")
    if loss in PUBLISHED and form != PUBLISHED_FORM[loss]:
        raise ValueError(f"{loss} computes the form {PUBLISHED_FORM[loss]}, not {form}")


@dataclass(frozen=True)
class _Case:
    """One case with all that describes it."""

    setup: Setup
    batch: int
    dim: int
    alignment: float
    draws: int
    device: str
    seed: int

    def prepare(self) -> Prepared:
        """Draw the first pairs and round them."""
        if self.setup.numerics.tf32 and torch.cuda.get_device_capability(self.device) < (8, 0):
            raise Unsupported(_TF32)
        setup = self.setup
        a, b = self._pairs(torch.Generator().manual_seed(self.seed))
        inputs, positive = rounded_inputs(setup, a, b), positive_columns(setup, a)

        def forward(*inputs: Tensor) -> Tensor:
            with torch.no_grad(), setup.numerics.products():
                return run_forward(setup, inputs, positive).loss

        def answer() -> Mapping[str, Tensor]:
            found, _ = answered(setup, a, b, inputs, positive)
            assert found.embeddings is not None
            tensors = {"loss": found.loss, "embeddings": found.embeddings}
            return tensors if found.scores is None else tensors | _split(found.scores, positive)

        def reference() -> Mapping[str, Tensor]:
            right = exact_reference(setup, a, b, inputs)
            loss, embeddings = right.loss_and_embeddings()
            tensors = {"loss": loss, "embeddings": embeddings}
            if setup.loss in PUBLISHED:
                return tensors
            return tensors | _split(right.exact.unscaled * right.exact.factor[:, None], positive)

        return Prepared(
            call=partial(run_pass, setup, inputs, positive, setup.numerics.scale),
            answer=answer,
            reference=reference,
            forward=forward,
            inputs=inputs,
            facts={"operators": recorded_operators(lambda: forward(*inputs))},
            outcome=self.outcome,
        )

    def outcome(self) -> dict[str, Outcome]:
        """The numbers of all draws by name."""
        generator = torch.Generator().manual_seed(self.seed)
        found = [draw_numbers(self.setup, *self._pairs(generator)) for _ in range(self.draws)]
        return {name: Outcome(tuple(numbers[name] for numbers in found), log=name in LOGARITHMIC) for name in found[0]}

    def _pairs(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        a, b = draw_pairs(self.batch, self.dim, self.alignment, generator)
        return a.to(self.device), b.to(self.device)


def _split(gradient: Tensor, positive: Tensor) -> dict[str, Tensor]:
    """The scores' gradient as that of the positives and that of the negatives."""
    column = positive[:, None]
    return {"positive": gradient.gather(1, column).squeeze(1), "negatives": gradient.scatter(1, column, 0.0)}
