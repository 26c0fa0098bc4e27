"""What a suite expected, and whether the measurement bears it out: claims and their verdicts.

Pure functions from frames to frames. The rules are explained in ``docs/CLAIMS.md``.
"""

from bench.analysis.claims.judge import Claims, judge_claims
from bench.analysis.claims.ranges import VERDICTS, ClaimVerdict
from bench.analysis.claims.words import ONE_BY_ONE, counts_words

__all__ = ["ONE_BY_ONE", "VERDICTS", "ClaimVerdict", "Claims", "counts_words", "judge_claims"]
