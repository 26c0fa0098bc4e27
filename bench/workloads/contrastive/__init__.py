"""Contrastive learning: the losses, their precision, training with them, and large batches in small memory.

The sub-packages are imported by name; this module loads none of them.
"""
