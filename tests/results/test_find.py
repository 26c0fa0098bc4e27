"""Runs by the names that people give them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.results.find import find_run
from bench.results.folder import FolderError

RUNS = {
    "attention-20260101T120000-one": ("2026-01-01T12:00:00+00:00", "attention", "kernel"),
    # Two hours ahead of UTC: an hour before the next one, though its clock says later.
    "attention-20260103T130000-two": ("2026-01-03T13:00:00+02:00", "attention", "kernel"),
    "attention-20260103T120000-one": ("2026-01-03T12:00:00+00:00", "attention", "kernel"),
    "attention-20260104T120000-one": ("2026-01-04T12:00:00+00:00", "attention", "installation"),
    "encoder-20260102T120000-one": ("2026-01-02T12:00:00+00:00", "encoder", "kernel"),
    "losses-20260105T120000-one": ("2026-01-05T12:00:00+00:00", "losses", "loss"),
    "losses-20260105T120000-one-2": ("2026-01-05T12:00:00+00:00", "losses", "loss"),
    "losses-20260105T120000-one-10": ("2026-01-05T12:00:00+00:00", "losses", "loss"),
}


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    for name, (started, suite, subject) in RUNS.items():
        make(tmp_path / "reports" / name, started, suite, subject)
    return tmp_path / "reports"


def make(folder: Path, started: str, suite: str = "attention", subject: str = "kernel") -> None:
    folder.mkdir(parents=True)
    meta = {"format": 1, "run_id": folder.name, "started": started, "suite": {"name": suite, "subject": subject}}
    (folder / "run.json").write_text(json.dumps(meta))
    (folder / "measurements.jsonl").write_text("{}\n")


def test_a_folder_is_itself(reports: Path) -> None:
    folder = reports / "encoder-20260102T120000-one"
    assert find_run(str(folder), Path("elsewhere")) == folder


def test_an_id_and_its_beginning(reports: Path) -> None:
    assert find_run("encoder-20260102T120000-one", reports).name == "encoder-20260102T120000-one"
    assert find_run("enc", reports).name == "encoder-20260102T120000-one"
    # A whole id is one, although longer ones begin with it.
    assert find_run("losses-20260105T120000-one", reports).name == "losses-20260105T120000-one"


def test_latest_goes_by_time_and_stays_with_the_suite(reports: Path) -> None:
    assert find_run("latest", reports).name == "losses-20260105T120000-one-10"
    assert find_run("latest~1", reports).name == "losses-20260105T120000-one-2"
    assert find_run("latest~2", reports).name == "losses-20260105T120000-one"
    with pytest.raises(FolderError, match=r"there are 3 runs of 'losses' .*: latest to latest~2"):
        find_run("latest~3", reports)


def test_latest_knows_time_zones_and_subjects(reports: Path) -> None:
    for name in RUNS:
        if name.startswith(("losses", "attention-20260104")):
            (reports / name / "run.json").unlink()
    assert find_run("latest", reports).name == "attention-20260103T120000-one"
    assert find_run("latest~1", reports).name == "attention-20260103T130000-two"
    assert find_run("latest~2", reports).name == "attention-20260101T120000-one"


def test_a_run_against_another_installation_is_another_kind(reports: Path) -> None:
    for name in RUNS:
        if name.startswith("losses"):
            (reports / name / "run.json").unlink()
    assert find_run("latest", reports).name == "attention-20260104T120000-one"
    with pytest.raises(FolderError, match="there is 1 run of 'attention'"):
        find_run("latest~1", reports)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("atention-20260101T120000-one", "did you mean 'attention-20260101T120000-one'"),
        ("attention", "the beginning of 4 runs; expected more of one of attention-20260101T120000-one, "),
        ("zzz", "expected a run folder, or a run below "),
        ("", "expected a run folder"),
        ("latest~x", "expected a run folder"),
    ],
)
def test_near_names_are_listed(reports: Path, name: str, message: str) -> None:
    with pytest.raises(FolderError) as caught:
        find_run(name, reports)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_runs_by_another_subject_are_told(reports: Path) -> None:
    make(reports / "attention-20270101T120000-one", "2027-01-01T12:00:00+00:00", subject="n")
    with pytest.raises(FolderError) as caught:
        find_run("latest~1", reports)
    assert str(caught.value) == (
        f"got 'latest~1', but there is 1 run of 'attention' with subject 'n', as the latest has, below {reports}: "
        "latest alone; name those with subject 'installation' or 'kernel' by their folder or id"
    )


def test_no_runs_at_all(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="but there is no run below"):
        find_run("latest", tmp_path / "none")
    with pytest.raises(FolderError, match="but there is none"):
        find_run("x", tmp_path / "none")


def test_a_folder_that_is_no_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="is not a run folder"):
        find_run(str(tmp_path), tmp_path)
