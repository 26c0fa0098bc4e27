"""Exit codes; ``bench --help`` explains them."""

from __future__ import annotations

#: All is well; a skipped or unsupported case is no failure.
OK = 0
#: A case failed, or a check did.
FAILED = 1
#: An option, a suite or a folder is at fault.
BAD_INPUT = 2
#: Runs were compared, and a condition of ``--fail-on`` holds; or a claim fails, with ``--fail-on-claims``.
CONDITION_HOLDS = 3
#: Ctrl-C: 128 + SIGINT, as shells have it.
INTERRUPTED = 130
