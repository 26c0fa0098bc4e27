"""The pair that ``bench new`` writes loads, and its answers and formulas are right."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from bench.suite import SuiteError, expand, load_suite, new_suite


def test_the_pair_loads(tmp_path: Path) -> None:
    suite_file, workload_file = new_suite("mine", tmp_path / "made")
    assert [suite_file.name, workload_file.name] == ["mine.toml", "mine.py"]
    plan = expand(load_suite(suite_file))
    assert (len(plan.cases), len(plan.groups)) == (14, 7)  # two orders, n from 16 to 1024
    assert len(expand(load_suite(suite_file, preset="quick")).cases) == 10


def test_the_workload_is_right(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    _, path = new_suite("mine", tmp_path)
    specification = importlib.util.spec_from_file_location("mine", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    for order, flops in (("left", 4 * 32 * 32 * 8), ("right", 4 * 32 * 8 * 8)):
        task = module.product(order, 32, d=8)
        assert task.flops == flops
        prepared = task.prepare()
        answer, reference = prepared.answer()["output"], prepared.reference()["output"]
        assert reference.dtype == torch.float64
        assert torch.linalg.norm(answer - reference) <= task.tolerance * torch.linalg.norm(reference)


@pytest.mark.parametrize("name", ["", "a-b", "3d", "class", "a/b", "../x", "ä"])
def test_bad_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(SuiteError, match="expected letters, digits and '_', a letter first"):
        new_suite(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("mine")
    with pytest.raises(SuiteError, match=r"^new: got mine; expected a name not taken yet; \S+mine\.py exists$"):
        new_suite("mine", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SuiteError, match="expected a folder that can be written"):
        new_suite("mine", tmp_path / "file")
