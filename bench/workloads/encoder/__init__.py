"""A BERT-style encoder layer with a choice of attention kernel, whole and in parts, and what each part costs."""

from __future__ import annotations

from .layer import AttentionCore, Encoder, EncoderLayer, FeedForward
from .workload import Part, encoder

__all__ = ["AttentionCore", "Encoder", "EncoderLayer", "FeedForward", "Part", "encoder"]
