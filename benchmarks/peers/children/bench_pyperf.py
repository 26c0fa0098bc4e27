"""The work as a benchmark of pyperf: ``bench_pyperf.py --products N`` and pyperf's own options."""

from __future__ import annotations

from typing import Any

import pyperf


def _pass_on(command: list[str], options: Any) -> None:
    """Let each worker process know the number, too."""
    command.extend(["--products", str(options.products)])


def _elsewhere() -> None:
    """Stands for the work in the manager, which calls nothing."""


if __name__ == "__main__":
    runner = pyperf.Runner(add_cmdline_args=_pass_on)
    runner.argparser.add_argument("--products", type=int, required=True)
    options = runner.parse_args()
    work = _elsewhere
    # Importing torch takes seconds that a manager would have no use for.
    if options.worker:
        from work import make

        work = make(options.products)
    runner.bench_func("products", work)
