"""Contrastive training as a workload: what an encoder learns, and what a step of training costs."""

from __future__ import annotations

from typing import Literal

from ...protocol import Prepared, Task
from .costs import CONVENTION, input_bytes, step_flops

Loss = Literal["ce", "softplus", "flat", "infonce_weighted", "infonce_rescaled", "flat_scaled", "siglip"]
LossDtype = Literal["float64", "float32", "bfloat16", "float16", "float16_scaled", "autocast_bfloat16"]
OptimizerName = Literal["sgd", "adam", "lars"]
LrRule = Literal["linear", "sqrt"]

LARGEST_BATCH = 1024


def training(
    loss: Loss,
    dtype: LossDtype,
    batch: int,
    chunk: int = 0,
    temperature: float = 0.1,
    views: float = 1.0,
    optimizer: OptimizerName = "sgd",
    eps: float = 1e-8,
    lr_rule: LrRule = "sqrt",
    lr: float = 0.0,
    lr_factor: float = 1.0,
    epochs: int = 40,
    target: float = 0.7,
    device: str = "cpu",
    seed: int = 0,
) -> Task:
    """A small encoder trained on handwritten digits without their classes, as SimCLR does, and evaluated with them.

    One call is one training step on a fixed batch, at a learning rate of 0: all of the work, and the same weights each
    time. The outcome is that of a whole training; weights, order and views follow from the seed alone, so they are the
    same for each loss, dtype, batch and chunk. An epoch shows each of the 1024 training images once, in two views.

    Outcomes, one value each:

    - ``knn``, ``probe``: accuracy on four views each of 773 held-out images, by the five nearest neighbours (cosine)
      and by a logistic regression on the encoder's features. ``knn_untrained``: the former before training.
      ``probe_untrained``: the latter. ``knn_pixels``: the neighbours without an encoder.
    - ``steps``: updates of the weights tried. ``steps_to_target``: of those, until ``knn`` was first found to be at
      ``target`` (asked ten times or so, evenly, on one view of each image); infinite if never.
    - ``final_loss``, ``xi``, ``one_minus_p``, ``ess``: mean InfoNCE, median ξ = Σ exp(s_i − s_t), median 1 − p_t and
      mean effective share of the negatives, all at the end, with scores in float64, on views of the training images in
      groups of ``chunk``; whichever loss was trained.
    - ``positive_zeros``: share of the anchors, in about a hundred steps spread over the training, whose positive's
      score got a gradient of exactly 0. ``gradient_norm``: median over these steps of the norm over all weights.
    - ``diverged``: 1 if a loss or a weight became infinite or NaN. Training ends there; the accuracies are then those
      of guessing the most frequent class, since features that are NaN tell nothing, and the state of the scores is
      NaN.

    Args:
        loss: How the loss is computed; the names are those of ``bench.workloads.contrastive.losses``. Here
            ``infonce_rescaled`` divides InfoNCE by the running mean of 1 - p_t over the training, and not by that of
            the batch: FlatNCE's scale, with InfoNCE's weights of anchors and of batches.
        dtype: Of similarity and loss, forward and backward. Encoder and projector compute in float32, and embeddings
            are rounded to the dtype; with ``float64`` everything is in float64. ``float16_scaled`` has a gradient
            scaler, ``torch.amp.GradScaler``. With ``autocast_bfloat16`` the whole step runs under ``torch.autocast``,
            by whose rules products are in bfloat16 and cross entropy in float32.
        batch: Images per update, a power of two from 2 to 1024.
        chunk: Images among which negatives are drawn. The batch's gradient is the mean over its chunks: naive
            accumulation. 0 stands for the batch.
        temperature: Divides the cosines.
        views: Strength of the random views that are trained on, 1 for those that are evaluated. Weaker views make the
            positives alike and ξ small.
        optimizer: ``sgd`` (momentum 0.9), ``adam``, or ``lars`` (momentum 0.9, decay 1e-6).
        eps: Adam's; the others have none.
        lr_rule: How the learning rate grows with the batch: ``linear`` or ``sqrt``; they agree at a batch of 256.
        lr: Learning rate at a batch of 256 and a factor of 1 (for SGD at a temperature of 0.1, to which it is in
            proportion); 0 stands for the optimiser's own, see ``BASE_LR``.
        lr_factor: Multiplies the learning rate.
        epochs: Times that each image is shown.
        target: Accuracy that ``steps_to_target`` waits for.
        device: Where to train; images are drawn on the CPU.
        seed: Of weights, order and views.

    Raises:
        ValueError: A size, rate or temperature is out of its range.
        Unsupported: When prepared: scikit-learn is not installed.
    """
    if not 2 <= batch <= LARGEST_BATCH or batch & (batch - 1):
        raise ValueError(f"batch = {batch} must be a power of two from 2 to {LARGEST_BATCH}")
    if chunk and (chunk < 2 or batch % chunk):
        raise ValueError(f"chunk = {chunk} must be at least 2 and divide batch = {batch} (or be 0, for the batch)")
    if epochs < 1:
        raise ValueError(f"epochs = {epochs} must be at least 1")
    for name, value in {"temperature": temperature, "lr_factor": lr_factor}.items():
        if not value > 0:
            raise ValueError(f"{name} = {value} must be above 0")
    for name, value in {"lr": lr, "eps": eps, "views": views}.items():
        if not value >= 0:
            raise ValueError(f"{name} = {value} must not be negative")

    def prepare() -> Prepared:
        from .prepare import prepare_training  # allocates, so only now
        from .setting import Setting

        return prepare_training(
            Setting(
                loss=loss,
                dtype=dtype,
                batch=batch,
                chunk=chunk,
                temperature=temperature,
                views=views,
                optimizer=optimizer,
                eps=eps,
                lr_rule=lr_rule,
                lr=lr,
                lr_factor=lr_factor,
                epochs=epochs,
                target=target,
                device=device,
                seed=seed,
            )
        )

    return Task(
        prepare,
        flops=step_flops(batch, chunk or batch),
        input_bytes=input_bytes(batch, 8 if dtype == "float64" else 4),
        convention=CONVENTION,
    )
