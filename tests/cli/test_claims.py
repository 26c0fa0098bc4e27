"""Claims from the suite's TOML to the exit code, on the suite that ``bench new`` writes."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from bench.results.folder import MEASUREMENTS, SAMPLES
from bench.results.records import AA_FILE
from tests.conftest import bench_in

QUICK = ("mine.toml", "--preset", "quick", "--where", "n >= 32", "--where", "n <= 128", "--budget", "0.2")
CLAIMS = """
[[claim]]
id = "flops-from-d-on"
text = "The right order needs fewer FLOPs from n = d on."
source = "4 n^2 d against 4 n d^2"
metric = "flops"
crossover = { axis = "n", subject = "right", baseline = "left first", times = { of = "d", factor = 1, tolerance = 0.1}}

[[claim]]
id = "half-the-time"
text = "At n = 128 the right order takes about half the time."
source = "a guess"
metric = "time"
ratio = { of = { order = "right" }, to = { order = "left" }, at = { n = 128 }, within = [0.4, 0.6] }

[[claim]]
id = "later-still"
text = "At n = 1024 it takes a tenth."
source = "a guess"
metric = "time"
ratio = { of = { order = "right" }, to = { order = "left" }, at = { n = 1024 }, below = 0.1 }
"""
WRONG = """
[[claim]]
id = "never"
text = "The right order never needs fewer FLOPs."
source = "a mistake"
metric = "flops"
crossover = { axis = "n", subject = "right", baseline = "left", never = true }
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run whose times are settled by hand, right 1 ms and left 2 ms, and a copy with left halved."""
    folder = tmp_path_factory.mktemp("claims")
    assert bench_in(folder, "new", "mine").returncode == 0
    with (folder / "mine.toml").open("a", encoding="utf-8") as file:
        file.write(CLAIMS)
    answer = bench_in(folder, "run", *QUICK, "--no-report")
    assert answer.returncode == 0, answer.stderr
    found = folder / answer.stdout.strip()
    for name, left in (("settled", 2e-3), ("halved", 1e-3)):
        shutil.copytree(found, folder / name)
        _settle(folder / name, {"order=left": left, "order=right": 1e-3})
    return folder


def _settle(folder: Path, times: dict[str, float]) -> None:
    for name in (MEASUREMENTS, SAMPLES):
        lines = []
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            time = next((t for side, t in times.items() if side in str(record.get("case"))), None)
            if record.get("kind") == "samples":
                own = time * (1 + 0.01 * record["replicate"])
                record["seconds"] = [own for _ in record["seconds"]]
            elif record.get("metric") == "time" and record["value"] is not None:
                record |= {"value": time, "low": 0.9 * time, "high": 1.1 * time}
            lines.append(json.dumps(record))
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_claims_that_hold_are_no_failure(measured: Path) -> None:
    answer = bench_in(measured, "report", "settled", "--fail-on-claims")
    assert (answer.returncode, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    start = lines.index("Claims: of 3 claims 2 hold, 1 is unclear")
    assert lines[start + 1].strip().startswith("unclear later-still: At n = 1024 it takes a tenth.")
    text = " ".join(" ".join(lines[start:]).split())
    assert "n = 1024: not in this run (preset quick)" in text
    assert "found at n = 64 = 1.0·d" in text
    assert max(map(len, lines)) <= 100


def test_a_mistake_is_caught(measured: Path) -> None:
    """With the baseline's times halved the claim about time fails; FLOPs are what they were."""
    answer = bench_in(measured, "report", "halved", "--fail-on-claims")
    assert answer.returncode == 3
    (line,) = answer.stderr.splitlines()
    assert line.startswith("bench report: --fail-on-claims: half-the-time fails: expected Q (Kᵀ V) / (Q Kᵀ) V from 0.4")
    with (measured / "halved" / "tables" / "claims.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "flops-from-d-on": "holds",
        "half-the-time": "fails",
        "later-still": "unclear",
    }
    assert json.loads(rows["half-the-time"]["cases"]) == [
        "mine/order=right/n=128/dtype=float32",
        "mine/order=left/n=128/dtype=float32",
    ]
    assert (measured / "halved" / "tables" / "claim_points.csv").exists()
    assert bench_in(measured, "report", "halved").returncode == 0, "only on demand"


def test_unclear_counts_where_it_is_asked_for(measured: Path) -> None:
    answer = bench_in(measured, "report", "settled", "--fail-on-claims=unclear")
    assert answer.returncode == 3
    (line,) = answer.stderr.splitlines()
    assert line.startswith("bench report: --fail-on-claims: later-still is unclear: expected ")


def test_a_run_ends_with_its_claims(measured: Path) -> None:
    suite = (measured / "mine.toml").read_text(encoding="utf-8").replace(CLAIMS, WRONG)
    (measured / "wrong.toml").write_text(suite, encoding="utf-8")
    answer = bench_in(measured, "run", "wrong.toml", *QUICK[1:], "--no-report", "--fail-on-claims")
    assert answer.returncode == 3, answer.stderr
    assert answer.stderr.splitlines()[-1] == (
        "bench run: --fail-on-claims: never fails: expected never; found at n = 64"
    )
    folder = answer.stdout.strip()
    again = bench_in(measured, "run", "--resume", folder, "--fail-on-claims", "--no-report")
    assert again.returncode == 3, again.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("run", "attention.toml", "--fail-on-claims=fail"),
            "argument --fail-on-claims: got 'fail', expected fails or",
        ),
        (("run", "--fail-on-claims", "mine.toml"), "argument --fail-on-claims: got 'mine.toml', expected fails or"),
        (("run", "bare.toml", "--fail-on-claims"), "--fail-on-claims: suite 'bare' makes no claim here; expected"),
        (("run", "--resume", "bare", "--fail-on-claims"), "--fail-on-claims: suite 'bare' makes no claim here"),
        (("report", "bare", "--fail-on-claims"), "--fail-on-claims: suite 'bare' makes no claim here"),
        (("report", "aa", "--fail-on-claims"), "--fail-on-claims: got a run of `bench aa`, which judges no claim"),
        (("report", "nothing", "--fail-on-claims"), "got 'nothing', expected a run folder, or a run below reports"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_asserted_is_one_line(measured: Path, words: tuple[str, ...], line: str) -> None:
    if not (measured / "bare").exists():
        assert bench_in(measured, "new", "bare").returncode == 0
        (measured / "bare").mkdir()
        (measured / "bare" / "run.json").write_text(
            json.dumps({"format": 1, "suite": {"name": "bare", "axes": {}}}), encoding="utf-8"
        )
        (measured / "aa").mkdir()
        (measured / "aa" / AA_FILE).write_text("{}")
        (measured / "aa" / "run.json").write_text(json.dumps({"format": 1}), encoding="utf-8")
    answer = bench_in(measured, *words)
    assert answer.returncode == 2, answer.stderr
    (said,) = answer.stderr.splitlines()
    assert said.startswith(f"bench {words[0]}: {line}")


@pytest.fixture
def later(measured: Path, tmp_path: Path) -> Path:
    """A copy of the settled run, beside an edition of its suite with another claim."""
    shutil.copytree(measured / "settled", tmp_path / "run")
    for name in ("mine.py", "mine.toml"):
        shutil.copy(measured / name, tmp_path / name)
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    (tmp_path / "other.toml").write_text(text.replace(CLAIMS, WRONG), encoding="utf-8")
    return tmp_path


def test_a_run_is_judged_by_later_claims_and_says_so(later: Path) -> None:
    answer = bench_in(later, "report", "run", "--claims", "other.toml", "--fail-on-claims")
    assert answer.returncode == 3
    assert "--fail-on-claims: never fails:" in answer.stderr
    assert "not covered: declared after the run was measured" in answer.stdout
    assert "half-the-time" not in answer.stdout
    # From now on, and to all who read the folder; what was declared before the run stays in run.json.
    assert bench_in(later, "report", "run", "--fail-on-claims").returncode == 3
    declared = json.loads((later / "run" / "run.json").read_text(encoding="utf-8"))["suite"]["claims"]
    assert [one["id"] for one in declared] == ["flops-from-d-on", "half-the-time", "later-still"]
    (later / "run" / "claims.json").unlink()
    answer = bench_in(later, "report", "run")
    assert "Claims: of 3 claims" in answer.stdout and "declared after" not in answer.stdout


def test_a_resumed_run_is_asked_its_later_claims(later: Path) -> None:
    """It makes none of its own, and was refused for that."""
    file = later / "run" / "run.json"
    meta = json.loads(file.read_text(encoding="utf-8"))
    meta["suite"]["claims"] = []
    file.write_text(json.dumps(meta), encoding="utf-8")
    resume = ("run", "--resume", "run", "--fail-on-claims", "--no-report")
    answer = bench_in(later, *resume)
    assert answer.returncode == 2 and "makes no claim here" in answer.stderr
    assert bench_in(later, "report", "run", "--claims", "other.toml").returncode == 0
    answer = bench_in(later, *resume)
    assert answer.returncode == 3 and "never fails:" in answer.stderr


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("left first", "left only", 'baselines.left only: got ["left"]; expected [], which the run measured'),
        (WRONG, "", "claim: expected at least one [[claim]]"),
    ],
)
def test_claims_of_another_suite_are_refused(later: Path, old: str, new: str, told: str) -> None:
    text = (later / "other.toml").read_text(encoding="utf-8")
    assert old in text
    (later / "other.toml").write_text(text.replace(old, new), encoding="utf-8")
    answer = bench_in(later, "report", "run", "--claims", "other.toml")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert told in answer.stderr and "Traceback" not in answer.stderr
    assert not (later / "run" / "claims.json").exists()


def test_a_spoilt_file_of_later_claims(later: Path) -> None:
    (later / "run" / "claims.json").write_text('{"format": 1, "claims": [', encoding="utf-8")
    answer = bench_in(later, "report", "run")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "claims.json cannot be read" in answer.stderr and "Traceback" not in answer.stderr
