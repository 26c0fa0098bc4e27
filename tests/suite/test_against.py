"""``--against``: what its value means, and the edition of a suite that it makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.suite import SuiteError, expand, list_suites, load_suite
from bench.suite.against import installation_of
from bench.suite.model import Compare, Installation, Measure

from .conftest import DECLARED, SUITE, repository

FORMS = (
    'expected a Python interpreter, a virtual environment, requirements such as "torch==2.12.0", '
    "or a revision of the repository that holds "
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty present folder that no repository is around."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def refused(text: str, folder: Path) -> str:
    with pytest.raises(SuiteError) as caught:
        installation_of(text, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_interpreters(here: Path) -> None:
    assert installation_of(sys.executable, here).python == sys.executable
    python = here / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert installation_of("venv", here) == Installation("venv", python=str(here / "venv"))
    assert installation_of("./venv/bin/python", here) == Installation("./venv/bin/python", python=str(python))
    notes = here / "notes.txt"
    notes.touch()
    assert refused("notes.txt", here).startswith(f"--against: got 'notes.txt'; {FORMS}{here} (git says: fatal: not a")


@pytest.mark.parametrize(
    ("text", "requires"),
    [
        ("torch==2.12.0", ("torch==2.12.0",)),
        (" torch == 2.12.0 ", ("torch == 2.12.0",)),
        ("torch==2.12 numpy<2", ("torch==2.12", "numpy<2")),
        ("'torch == 2.12' \"numpy <2\"", ("torch == 2.12", "numpy <2")),
        ("pkg @ file:///tmp/pkg.zip", ("pkg @ file:///tmp/pkg.zip",)),
        ("pkg @ file:///tmp/pkg.zip numpy<2", ("pkg@file:///tmp/pkg.zip", "numpy<2")),
        ("torch==2.12; python_version > '3'", ("torch==2.12; python_version > '3'",)),
    ],
)
def test_requirements(here: Path, text: str, requires: tuple[str, ...]) -> None:
    assert installation_of(text, here) == Installation(text.strip(), requires=requires)


def test_wheels(here: Path) -> None:
    wheel = here / "dist" / "pkg-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    found = installation_of("dist/pkg-1.0-py3-none-any.whl torch==2.12", here)
    assert found.requires == (f"pkg @ {wheel.as_uri()}", "torch==2.12")
    message = refused("dist/pkg-1.1-py3-none-any.whl", here)
    assert message.startswith("--against: got 'dist/pkg-1.1-py3-none-any.whl'; expected a wheel; there is none at ")
    assert message.endswith(f"did you mean {str(wheel)!r}?")
    assert "expected a wheel's name" in refused("odd.whl", here)


def test_revisions(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = repository(here / "work")
    suites = here / "work" / "suites"
    suites.mkdir()
    for text in ("main", "v1.0", "HEAD~1", "feature/speed^", ":/First", "main@{0}", first[:9]):
        assert installation_of(text, suites) == Installation(text, git=first)
    assert installation_of(first, suites) == Installation(first[:12], git=first)
    assert refused("mian", suites) == f"--against: got 'mian'; {FORMS}{suites}; did you mean 'main'?"
    assert refused("torch", suites) == f"--against: got 'torch'; {FORMS}{suites}"
    for text in ("", " ", "-", "--all", "main..HEAD", "v1.0^{tree}", "a\nb", "a\0b", "'", "x" * 5000, "~nobody/x"):
        assert FORMS in refused(text, suites)
    # A hook's settings point elsewhere.
    monkeypatch.setenv("GIT_DIR", str(here / "elsewhere"))
    assert installation_of("main", suites).git == first


def test_files_come_before_requirements_and_these_before_revisions(here: Path) -> None:
    repository(here)
    subprocess.run(["git", "branch", "torch==2.12.0"], cwd=here, check=True)
    assert installation_of("torch==2.12.0", here).requires
    python = here / "torch==2.12.0" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert installation_of("torch==2.12.0", here).python
    (here / "main").mkdir()  # no virtual environment
    assert installation_of("main", here).git


def test_names(here: Path) -> None:
    first = repository(here)
    subprocess.run(["git", "branch", "here", "main"], cwd=here, check=True)
    assert installation_of("here", here) == Installation("revision here", git=first)
    long = "pkg @ file:///a/very/long/folder/that/goes/on/and/on/pkg-1.0-py3-none-any.whl"
    name = installation_of(long, here).name
    assert name == "pkg @ file:///a/ve...0-py3-none-any.whl"
    assert len(name) <= 40


@given(st.text(max_size=30))
def test_any_text_is_an_installation_or_a_message(text) -> None:
    try:
        found = installation_of(text, "/")
    except SuiteError as error:
        assert len(error.problems) == 1 and str(error).startswith("--against: got ")
    else:
        assert found.name.isprintable() and found.name not in ("", "here")
        assert [bool(found.python), bool(found.git), bool(found.requires)].count(True) == 1


def test_the_edition(write) -> None:
    suite = load_suite(write(text=DECLARED), against="torch==2.12.0")
    assert (suite.subject, list(suite.axes)[-1]) == ("installation", "installation")
    assert suite.axes["installation"] == ("torch==2.12.0", "here")
    assert suite.installations == (Installation("torch==2.12.0", requires=("torch==2.12.0",)),)
    assert suite.compare == Compare("torch==2.12.0")
    assert suite.measure == Measure(
        ("time",), replicates=(12, 48), level=0.99, budget_s=5.0, sample_s=0.003, fill_s=5 / 48, servers=24, seeds=5
    )
    assert not any((suite.crossovers, suite.hypotheses, suite.laws, suite.maps, suite.trends, suite.interleave))
    assert suite.share is None
    plain = load_suite(write(text=DECLARED))
    assert {name: suite.axes[name] for name in plain.axes} == plain.axes
    assert (suite.fixed, suite.labels, suite.name, suite.text) == (plain.fixed, plain.labels, plain.name, plain.text)


def test_its_groups_are_pairs(write) -> None:
    path = write(('subject = "kernel"', 'subject = "kernel"\ninterleave = ["causal"]'))
    plan = expand(load_suite(path, against="numpy==2"))
    assert (len(plan.groups), len(plan.cases)) == (18, 36)
    assert [group.id for group in plan.groups[:4]] == [
        # the crossover's axis grows innermost, although no crossover is asked
        "small/kernel=naive/n=64/causal=false",
        "small/kernel=naive/n=128/causal=false",
        "small/kernel=naive/n=256/causal=false",
        "small/kernel=naive/n=64/causal=true",
    ]
    group = plan.groups[0]
    assert [case.id.removeprefix(f"{group.id}/") for case in group.cases] == [
        "installation=numpy==2", "installation=here",
    ]  # fmt: skip
    assert [case.environment.installation for case in group.cases] == ["numpy==2", "here"]
    assert [case.subject for case in group.cases] == ["numpy==2", "here"]
    assert group.cases[0].params == group.cases[1].params == {
        "kernel": "naive", "n": 64, "causal": False, "heads": 4,
    }  # fmt: skip


def test_options_apply_as_ever(write) -> None:
    suite = load_suite(
        write(), against="numpy==2", preset="quick", overrides={"kernel": ["sdpa"], "threads": [2]}, budget=9
    )
    assert suite.compare == Compare("numpy==2", budget_s=9.0)
    assert suite.measure.budget_s == 9.0
    assert suite.environment.threads == 2
    plan = expand(suite, ["n=64"])
    assert [case.axes["kernel"] for case in plan.cases] == ["sdpa", "sdpa"]
    with pytest.raises(SuiteError, match=r"^--where: .*: expected cases of the baseline numpy==2 and of"):
        expand(suite, ["installation=here"])


def test_the_suites_own_settings_of_comparisons(write) -> None:
    compare = '[compare]\nbaseline = "linear"\npairs = [4, 8]\nband = 0.1\n'
    path = write(text=SUITE + "compare = {level = 0.9}\n" + compare)
    assert load_suite(path, against="numpy==2").compare == Compare("numpy==2", (4, 8), band=0.1)
    assert load_suite(path, against="numpy==2", preset="quick").compare == Compare("numpy==2", (4, 8), 0.9, 0.1)
    # Its baseline is one of the former subject and may go.
    assert load_suite(path, against="numpy==2", overrides={"kernel": ["sdpa"]}).axes["kernel"] == ("sdpa",)


def test_its_own_measure_gives_way(write) -> None:
    path = write(text=SUITE + "[measure]\nreplicates = [3, 3]\nlevel = 0.5\nbudget_s = 60\nsamples = 3\n")
    measure = load_suite(path, against="numpy==2").measure
    assert measure == Measure(
        replicates=(12, 48), level=0.99, budget_s=5.0, sample_s=0.003, fill_s=5 / 48, servers=24, samples=3
    )


def test_shared_parts_are_measured_once_on_either_side(write) -> None:
    text = SUITE.replace("causal = [false, true]", 'part = ["whole", "ends"]').replace(", causal = false", "")
    text += '[share]\naxis = "part"\nwhole = "whole"\nshared = ["ends"]\n'
    plan = expand(load_suite(write(text=text), against="numpy==2"))
    assert len(plan.cases) == 3 * 3 * 2 * 2
    ends = [case for case in plan.cases if case.axes["part"] == "ends"]
    assert {(case.axes["kernel"], case.skip) for case in ends} == {
        ("naive", None), ("sdpa", "the same for every kernel"), ("linear", "the same for every kernel"),
    }  # fmt: skip
    assert sum(case.skip is None for case in plan.cases) == 3 * 3 * 2 + 3 * 2


def test_environment_axes_stay_where_they_are(write) -> None:
    path = write(("causal = [false, true]", "threads = [1, 2]"), (", causal = false", ""))
    plan = expand(load_suite(path, against="numpy==2"))
    environments = [(case.environment.threads, case.environment.installation) for case in plan.cases[:2]]
    assert environments == [(1, "numpy==2"), (1, "here")]
    assert plan.groups[0].environment == plan.groups[0].cases[0].environment


def test_labels_for_installations(write) -> None:
    text = SUITE + '[labels]\nhere = "this branch"\ninstallation = "version"\n'
    assert load_suite(write(text=text), against="numpy==2").labels["here"] == "this branch"


def test_suites_that_it_does_not_fit(write, problems) -> None:
    axis = ("causal = [false, true]", 'causal = [false, true]\ninstallation = ["here"]')
    path = write(axis)
    (problem,) = problems(path, against="main")
    assert str(problem) == (
        f"--against: got 'main'; expected a suite without an axis installation; {path}:10 declares one already"
    )
    (problem,) = problems(write(text=DECLARED.replace('["outcome", "time"]', '["outcome"]')), against="numpy==2")
    assert str(problem) == (
        "--against: got 'numpy==2'; expected a suite that measures more than outcomes, whose seeds decide; "
        "small does not"
    )


def test_its_faults_come_with_the_suites(write, problems, here: Path) -> None:
    found = problems(write(("heads = 4", "haeds = 4")), against="nothing", preset="quik")
    assert [(problem.file.startswith("--"), problem.key) for problem in found] == [
        (True, ""), (True, ""), (False, "fixed.haeds"),
    ]  # fmt: skip


@pytest.mark.parametrize("info", list_suites(), ids=lambda info: info.name)
def test_shipped_suites(info) -> None:
    for preset in (None, *info.presets):
        try:
            plan = expand(load_suite(info.name, preset=preset, against="torch==2.12.0"))
        except SuiteError as error:
            assert "measures more than outcomes" in str(error)
            assert load_suite(info.name, preset=preset).measure.metrics == ("outcome",)
            continue
        former = expand(load_suite(info.name, preset=preset))
        assert len(plan.cases) == 2 * len(former.cases)
        assert sum(case.skip is None for case in plan.cases) == 2 * sum(case.skip is None for case in former.cases)
