"""``bench compare --confirm`` for real: what two commits' runs leave in doubt is measured again, side by side."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bench.results.folder import FolderError
from bench.results.run import open_run
from bench.runner.confirm import NothingToConfirm, against
from tests.conftest import bench_in
from tests.runner.places import commit, write_work

SUITE = """
[suite]
name = "work"
workload = "./work.py:work"
subject = "n"

[axes]
n = [8]

[measure]
metrics = ["time"]
replicates = [2, 2]
samples = 2
sample_s = 0.001
warmup_s = 0.01
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose second commit does four times the work of its first, with a run of each."""
    folder = tmp_path_factory.mktemp("confirm")
    (folder / "work.toml").write_text(SUITE)
    (folder / ".gitignore").write_text("reports\ncache\n__pycache__\n")
    for number, products in enumerate((10, 40), 1):
        write_work(folder, products)
        commit(folder, f"{products} products")
        answer = command(folder, "run", "work.toml", "--no-report")
        assert answer.returncode == 0, answer.stderr
        found = folder / answer.stdout.strip()
        found.rename(found.with_name(f"work-{number}"))
    return folder


def command(folder: Path, *words: str) -> CompletedProcess[str]:
    return bench_in(folder, *words, XDG_CACHE_HOME=str(folder / "cache"))


def test_what_is_in_doubt_is_measured_again_at_the_old_commit_and_here(place: Path) -> None:
    answer = command(place, "compare", "work-1", "work-2", "--allow", "source", "--confirm", "10", "--all")
    assert answer.returncode == 0, answer.stderr
    assert "1 of 1 times that looked changed or were unclear were measured again" in " ".join(answer.stdout.split())
    (again,) = (one for one in (place / "reports").iterdir() if one.name not in ("work-1", "work-2"))
    run = open_run(again)
    records = run.meta["installations"]
    first = json.loads((place / "reports" / "work-1" / "run.json").read_text())["git"]["commit"]
    assert first in json.dumps(records)
    assert run.meta["suite"]["compare"]["level"] == 0.99
    # Half of ten seconds is each side's.
    assert run.meta["suite"]["compare"]["budget_s"] == 5.0


def test_the_same_source_and_versions_leave_nothing_to_measure(place: Path) -> None:
    answer = command(place, "run", "work.toml", "--no-report")
    found = place / answer.stdout.strip()
    found.rename(found.with_name("work-3"))
    before = set((place / "reports").iterdir())
    answer = command(place, "compare", "work-2", "work-3", "--band", "0.0001%", "--confirm", "10")
    assert answer.returncode == 0, answer.stderr
    assert "Nothing was measured again: both runs measured the same source" in " ".join(answer.stdout.split())
    assert set((place / "reports").iterdir()) == before


def test_another_commit_may_differ_where_the_workload_imports_from(place: Path) -> None:
    new = json.loads((place / "reports" / "work-2" / "run.json").read_text())
    old = {**new, "git": {**new["git"], "commit": "a" * 40}}
    assert against(old, new) == "a" * 40
    with pytest.raises(FolderError, match="with 3 changed files"):
        against({**new, "git": {**new["git"], "dirty": True, "changed": 3}}, new)
    with pytest.raises(NothingToConfirm):
        against(new, new)
    packages = new["software"]["packages"]
    other = {**new, "software": {**new["software"], "packages": {**packages, "numpy": "1.26.0"}}}
    assert against(other, new) == "numpy==1.26.0"
    with pytest.raises(FolderError, match=r"measured with numpy 1\.26\.0, here is"):
        against(new, other)


def test_a_new_run_that_was_not_made_by_what_is_here_is_refused(place: Path) -> None:
    answer = command(place, "compare", "work-2", "work-1", "--allow", "source", "--confirm", "10")
    assert answer.returncode == 2
    (line,) = (one for one in answer.stderr.splitlines() if one.startswith("bench compare:"))
    assert "has changed since; expected a run of what is here now" in line


@pytest.mark.parametrize("given", ["0", "soon", "-3"])
def test_the_budget_must_be_seconds(place: Path, given: str) -> None:
    answer = command(place, "compare", "work-1", "work-2", f"--confirm={given}")
    assert answer.returncode == 2
    assert f"got '{given}', expected a number of seconds above 0" in answer.stderr
