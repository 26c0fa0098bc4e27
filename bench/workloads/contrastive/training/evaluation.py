"""What a trained encoder is worth: nearest neighbours, a linear probe, and the state of its scores."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ...protocol import Unsupported
from ..losses import ARMS, scores_two_view
from .data import TEST_VIEWS, Data
from .network import Model

NEIGHBOURS = 5
_PROBE_ITERATIONS = 2000


def knn_accuracy(bank: Tensor, bank_labels: Tensor, queries: Tensor, labels: Tensor) -> float:
    """Share of queries whose five nearest of the bank, by cosine, vote for their class; the nearer break ties.

    Args:
        bank: ``(n, features)``.
        bank_labels: ``(n,)``, int64.
        queries: ``(m, features)``.
        labels: ``(m,)``, int64.
    """
    nearest = (F.normalize(queries) @ F.normalize(bank).mT).topk(NEIGHBOURS).indices
    # All votes together differ by less than one vote: 1.05, 1.04 … 1.01.
    vote = 1 + 0.01 * torch.arange(NEIGHBOURS, 0, -1)
    votes = F.one_hot(bank_labels[nearest], int(bank_labels.max()) + 1) * vote[:, None]
    return _share(votes.sum(1).argmax(1), labels)


def knn_of_model(model: Model, data: Data, views: int = TEST_VIEWS) -> float:
    """Accuracy of the nearest neighbours among the encoder's features, on so many views of each held-out image."""
    count = len(data.test) // TEST_VIEWS * views
    bank, queries = features(model, data.bank), features(model, data.test[:count])
    return knn_accuracy(bank, data.bank_labels, queries, data.test_labels[:count])


def knn_of_pixels(data: Data) -> float:
    """The same among the images themselves: what needs no encoder."""
    return knn_accuracy(data.bank.flatten(1), data.bank_labels, data.test.flatten(1), data.test_labels)


def probe_accuracy(model: Model, data: Data) -> float:
    """Accuracy of a logistic regression on the standardised features.

    Raises:
        Unsupported: scikit-learn is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise Unsupported("the linear probe needs scikit-learn") from None
    bank, queries = (features(model, images).double() for images in (data.bank, data.test))
    mean, spread = bank.mean(0), bank.std(0)
    spread[spread == 0] = 1.0
    probe = LogisticRegression(max_iter=_PROBE_ITERATIONS)
    probe.fit(((bank - mean) / spread).numpy(), data.bank_labels.numpy())
    return float(probe.score(((queries - mean) / spread).numpy(), data.test_labels.numpy()))


def majority_accuracy(data: Data) -> float:
    """Accuracy of guessing the most frequent training class: what an encoder is worth that returns NaN."""
    return _share(data.bank_labels.mode().values, data.test_labels)


@torch.no_grad()
def features(model: Model, images: Tensor) -> Tensor:
    """The encoder's features of images, on the CPU."""
    found: Tensor = model.encoder(images.to(next(model.parameters())))
    return found.cpu()


@torch.no_grad()
def score_state(model: Model, first: Tensor, second: Tensor, candidates: int, temperature: float) -> dict[str, float]:
    """Where the scores stand, in float64 from the model's embeddings of two views ``(n, 1, side, side)``.

    Args:
        model: The network.
        first: One view.
        second: The other, of the same images.
        candidates: Images among which each anchor finds its negatives; the images are cut into groups of so many.
        temperature: Of the scores.

    Returns:
        ``final_loss``: mean InfoNCE. ``xi``: median over the anchors of Σ exp(s_i - s_t) over the negatives.
        ``one_minus_p``: median of 1 - p_t = ξ / (1 + ξ), by which InfoNCE's gradient is smaller than FlatNCE's.
        ``ess``: mean effective share of the negatives, 1 / (K Σ w²) with w their softmax: 1 if all weigh the same.
    """
    like = next(model.parameters())
    a, b = (F.normalize(model(view.to(like)).double().cpu()) for view in (first, second))
    losses, margins, effective = [], [], []
    for group_a, group_b in zip(torch.split(a, candidates), torch.split(b, candidates), strict=True):
        scores, positive = scores_two_view(group_a, group_b, temperature)
        losses.append(ARMS["softplus"].rows(scores, positive))
        margins.append(ARMS["flat"].rows(scores, positive))
        weights = scores.scatter(1, positive[:, None], -torch.inf).softmax(1)
        # 2 views of the other images; the anchor itself and its positive weigh nothing.
        effective.append(1 / (weights.square().sum(1) * (len(scores) - 2)))
    margin = torch.cat(margins)
    return {
        "final_loss": float(torch.cat(losses).mean()),
        "xi": float(margin.median().exp()),
        "one_minus_p": float(margin.median().sigmoid()),
        "ess": float(torch.cat(effective).mean()),
    }


def _share(guesses: Tensor, labels: Tensor) -> float:
    return float((guesses == labels).double().mean())
