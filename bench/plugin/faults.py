"""Why a case is not timed."""

from __future__ import annotations


class LeftOut(Exception):
    """The case is skipped; the text is the reason."""


class CaseFault(Exception):
    """The case fails; the text says why in lines for a person, and needs no traceback."""
