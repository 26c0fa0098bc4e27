"""Signatures from source alone, through aliases, re-exports and packages that must not be imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.suite.signature import WorkloadFault, workload_signature

BOOM = 'raise RuntimeError("imported")\n'


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that re-exports a workload whose alias lives in a third module."""
    deep = tmp_path / "pkg" / "deep"
    deep.mkdir(parents=True)
    (tmp_path / "pkg" / "__init__.py").write_text(BOOM)
    (deep / "__init__.py").write_text(f"{BOOM}from .work import run\nfrom .work import run as walk\n")
    (deep / "work.py").write_text(f"{BOOM}from ..kinds import Kind as K\ndef run(kind: K, n: int = 1): ...\n")
    (tmp_path / "pkg" / "kinds.py").write_text(f'{BOOM}import typing as t\nKind: t.TypeAlias = t.Literal["a", "b"]\n')
    namespace = tmp_path / "space" / "inner"
    namespace.mkdir(parents=True)
    (namespace / "work.py").write_text("def run(*, n: float, m=3): ...\n")
    return tmp_path


def test_reexports_and_aliases(package: Path) -> None:
    for ref in ("pkg.deep:run", "pkg.deep:walk", "pkg.deep.work:run"):
        found = workload_signature(ref, package)
        assert found.file == package / "pkg" / "deep" / "work.py"
        assert found.parameters["kind"].choices == ("a", "b")
        assert found.parameters["kind"].required and not found.parameters["n"].required
    assert not any(name.split(".")[0] == "pkg" for name in sys.modules)


def test_namespace_packages_and_keyword_only_parameters(package: Path) -> None:
    found = workload_signature("space.inner.work:run", package).parameters
    assert [(one.name, one.required, one.types) for one in found.values()] == [
        ("n", True, (float,)),
        ("m", False, None),
    ]


@pytest.mark.parametrize(
    ("annotation", "accepted", "refused"),
    [
        ("int", [1, -1], [True, 1.0, "1"]),
        ("float", [1, 1.5], [True, "1"]),
        ("bool", [True], [0, "true"]),
        ("str", ["", "a"], [1]),
        ('Literal["a", 1]', ["a", 1], ["b", True, "1"]),
        ("Literal[True]", [True], [1, False]),
        ('Literal["a"] | Literal["b"]', ["a", "b"], ["c"]),
        ("int | str", [1, "a"], [1.5]),
        ('"int"', [1], ["a"]),
        ("Alias", ["x"], ["y"]),
        ("Fallback", ["x"], ["y"]),
        ("tuple[int, ...]", [1, "a", True], []),
        ("int | None", [1, "a"], []),
        ("Unknown", [1, "a"], []),
        ("'not python ('", [1, "a"], []),
    ],
)
def test_annotations(tmp_path: Path, annotation: str, accepted: list[object], refused: list[object]) -> None:
    (tmp_path / "work.py").write_text(
        "from typing import TYPE_CHECKING, Literal\n"
        'Alias = Literal["x"]\n'
        'try:\n    import torch\nexcept ImportError:\n    pass\nelse:\n    Fallback = Literal["x"]\n'
        f"def run(p: {annotation}): ...\n"
    )
    parameter = workload_signature("./work.py:run", tmp_path).parameters["p"]
    assert [value for value in accepted if not parameter.accepts(value)] == []  # type: ignore[arg-type]
    assert [value for value in refused if parameter.accepts(value)] == []  # type: ignore[arg-type]


def test_others_are_taken_by_an_open_workload(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def run(a, /, b, *rest, c=1, **others): ...\n")
    found = workload_signature("./work.py:run", tmp_path)
    assert found.open and list(found.parameters) == ["b", "c"]
    assert [one.required for one in found.parameters.values()] == [True, False]


@pytest.mark.parametrize(
    ("ref", "expected", "near"),
    [
        ("pkg.deep:ran", "a function in pkg.deep", None),
        ("pkg.deep.work:rum", "a function in pkg.deep.work (run)", "pkg.deep.work:run"),
        ("pkg.depe.work:run", "a module that can be imported; there is no pkg.depe", "pkg.deep.work:run"),
        ("pkg.kinds.x:run", "a module that can be imported; pkg.kinds is not a package", None),
        ("space:run", "a module with Python source; space has none", None),
        ("run", '"package.module:function"', None),
        (":run", '"package.module:function"', None),
        ("pkg..deep:run", "a module that can be imported", None),
        ("./broken.py:run", "Python source; ", None),
    ],
)
def test_faults(package: Path, ref: str, expected: str, near: str | None) -> None:
    (package / "broken.py").write_text("def run(:\n")
    with pytest.raises(WorkloadFault) as caught:
        workload_signature(ref, package)
    assert caught.value.expected.startswith(expected)
    assert caught.value.nearest == near
