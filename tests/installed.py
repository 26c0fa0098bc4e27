"""Runs the main job of an installed wheel, in an empty folder: ``tox -e wheel`` calls it with that wheel's Python.

Not a pytest module: nothing but the wheel and its own dependencies is installed where it runs.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bench


def command(*words: str, cwd: Path) -> str:
    """Run ``bench`` as installed and return what it prints."""
    program = Path(sys.executable).with_name("bench")
    answer = subprocess.run([str(program), *words], cwd=cwd, stdout=subprocess.PIPE, text=True, check=False)
    if answer.returncode != 0:
        raise SystemExit(f"bench {' '.join(words)} ended with {answer.returncode}\n{answer.stdout}")
    return answer.stdout


def main() -> None:
    """Fail with a line that says what is missing."""
    checkout = Path(__file__).resolve().parents[1]
    if checkout in Path(bench.__file__).resolve().parents and ".tox" not in bench.__file__:
        raise SystemExit(f"bench was imported from the checkout: {bench.__file__}")
    folder = Path(tempfile.mkdtemp())
    try:
        listed = command("list", cwd=folder)
        for suite in (checkout / "suites").glob("*.toml"):
            if suite.stem not in listed:
                raise SystemExit(f"the wheel does not hold the suite {suite.stem}")
        print(command("run", "attention", "--preset", "quick", cwd=folder))
        (run,) = (folder / "reports").iterdir()
        for name in ("run.json", "measurements.jsonl", "report.html", "report.md", "figures", "tables"):
            if not (run / name).exists():
                raise SystemExit(f"the run folder has no {name}: {sorted(path.name for path in run.iterdir())}")
        command("new", "mine", cwd=folder)
        command("run", "mine.toml", "--preset", "quick", cwd=folder)
    finally:
        shutil.rmtree(folder)
    print(f"the wheel in {Path(bench.__file__).parent} works by itself")


if __name__ == "__main__":
    main()
