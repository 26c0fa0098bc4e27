"""Installations with real environments and real processes: interpreters, and packages laid over the present ones."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from bench.results.folder import FolderError
from bench.runner.installations import InstallationError, install, unchanged
from bench.runner.installations.cache import harness, root
from bench.runner.installed import Installed, present
from bench.runner.process import ForkServer
from bench.suite.model import HERE, Environment, Installation, Suite
from tests.runner.places import look, make_suite, make_venv, write_wheel, write_work

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, and a pip that never asks a network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("PIP_CONSTRAINT", raising=False)
    return tmp_path / "cache"


def other(suite: Suite) -> Installed:
    """The one installation besides the present."""
    (found,) = (one for name, one in install(suite).items() if name != HERE)
    return found


def test_here_is_always_there_and_what_no_axis_uses_is_not_made(tmp_path: Path) -> None:
    unused = Installation("unused", python="nowhere")
    suite = make_suite(tmp_path)
    ready = install(Suite(**{**suite.__dict__, "installations": (unused,)}))
    assert list(ready) == [HERE]
    assert ready[HERE].python == sys.executable
    assert ready[HERE].record == {"kind": "present"}


def test_a_virtual_environment_runs_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    monkeypatch.setenv("PYTHONHOME_NOT", "kept")
    place = make_venv(tmp_path / "venv", with_present=True)
    write_work(tmp_path / "suites", 2)
    found = other(make_suite(tmp_path / "suites", Installation("theirs", python="../venv")))
    assert found.record["torch"] == torch.__version__
    assert found.path == (harness(),)
    assert os.listdir(harness()) == ["bench"]
    seen = look(found)
    assert seen["prefix"] == str(place)
    assert seen["products"] == 2
    # Its own entry: an environment of the tests may lie inside the checkout.
    assert repr(str(REPOSITORY)) not in seen["path"]
    assert seen["variables"]["PYTHONPATH"] == harness()
    assert "VIRTUAL_ENV" not in seen["variables"]
    assert seen["variables"]["PYTHONHOME_NOT"] == "kept"
    assert seen["variables"]["PATH"].split(":")[0] == str(place / "bin")


def script(folder: Path, text: str) -> str:
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def test_what_is_no_interpreter_for_cases_is_told_in_a_line(tmp_path: Path) -> None:
    make_venv(tmp_path / "bare", with_present=False)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("words\n")
    (tmp_path / "loud").mkdir()
    (tmp_path / "old").mkdir()
    loud = script(tmp_path / "loud", "echo 3; echo not me >&2; exit 4")
    old = script(tmp_path / "old", """echo '{"python": "3.9.18", "prefix": "/"}'""")
    for given, expected in {
        "nowhere": f"there is no {tmp_path}/nowhere; expected a Python interpreter or the folder of a virtual",
        "empty": f"the folder {tmp_path}/empty has no bin/python; expected a virtual environment",
        "text": f"{tmp_path}/text cannot be run: Permission denied",
        loud: f"python = '{loud}': {loud} is no Python interpreter; it said: not me",
        old: f"{old} is Python 3.9.18; expected Python 3.10 or later",
        "bare": f"{tmp_path}/bare/bin/python cannot import torch and NumPy, which cases need: ModuleNotFoundError: No",
    }.items():
        with pytest.raises(InstallationError) as caught:
            install(make_suite(tmp_path, Installation("theirs", python=given)))
        assert str(caught.value).startswith("installation 'theirs': ")
        assert expected in str(caught.value)
        assert "\n" not in str(caught.value)
    # The command tells such errors in a line, as it tells those of folders.
    assert issubclass(InstallationError, FolderError)


def test_a_server_that_does_not_start_names_its_installation(tmp_path: Path) -> None:
    bare = make_venv(tmp_path / "bare", with_present=False)
    theirs = Installed("theirs", str(bare / "bin" / "python"), (harness(),), str(tmp_path))
    with pytest.raises(InstallationError, match=r"installation 'theirs': no process of .* ModuleNotFoundError: No mod"):
        ForkServer(Environment(), "", theirs)
    with pytest.raises(InstallationError, match="installation 'gone': /nowhere/python cannot be run: No such file"):
        ForkServer(Environment(), "", Installed("gone", "/nowhere/python", (), "."))


@pytest.mark.slow
def test_the_harness_needs_no_more_than_torch(tmp_path: Path) -> None:
    """fvcore, scikit-learn and pydantic may be missing in an installation."""
    place = make_venv(tmp_path / "venv", with_present=True)
    (own,) = (place / "lib").glob("python*/site-packages")
    for name in ("fvcore", "sklearn", "pydantic", "pandas", "pyarrow", "jinja2", "rich", "matplotlib", "platformdirs"):
        (own / f"{name}.py").write_text("raise ImportError('not here')\n")
    write_work(tmp_path, 2)
    found = other(make_suite(tmp_path, Installation("theirs", python=str(place / "bin" / "python"))))
    assert look(found)["products"] == 2
    with ForkServer(Environment(installation="theirs"), "bench.workloads.encoder:encoder", found) as server:
        assert server.start().ask("describe", 60, device="cpu")["device"] == "cpu"


def test_a_requirement_that_is_met_downloads_nothing_and_is_kept(tmp_path: Path) -> None:
    write_work(tmp_path, 3)
    said: list[str] = []
    requirement = f"torch=={torch.__version__}"
    suite = make_suite(tmp_path, Installation("same", requires=(requirement,)))
    found = install(suite, said.append)["same"]
    assert said == [f"installing {requirement}"]
    assert found.record["packages"] == {}
    assert found.record["torch"] == torch.__version__
    seen = look(found)
    assert seen["torch"] == torch.__file__
    assert seen["products"] == 3
    assert seen["prefix"] == str(Path(found.python).parents[1])
    marker = Path(found.python).parents[1] / "complete.json"
    made = marker.stat()
    again = install(suite, said.append)["same"]
    assert again == found
    assert said == [f"installing {requirement}"]
    assert (marker.stat().st_ino, marker.stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)


@pytest.mark.slow
def test_a_requirement_comes_before_what_is_present(tmp_path: Path) -> None:
    """Two wheels of one package; a wheel that changes under the same name makes another environment."""
    write_work(tmp_path, "pace.PRODUCTS", "import pace")
    wheels = [write_wheel(tmp_path, "pace", version, f"PRODUCTS = {version[0]}\n") for version in ("1.0", "4.0")]
    suite = make_suite(
        tmp_path,
        Installation("old", requires=(f"pace @ {wheels[0].as_uri()}",)),
        Installation("new", requires=(wheels[1].name,)),
    )
    ready = install(suite)
    assert [ready[name].record["packages"] for name in ("old", "new")] == [{"pace": "1.0"}, {"pace": "4.0"}]
    assert [look(ready[name])["products"] for name in ("old", "new")] == [1, 4]
    write_wheel(tmp_path, "pace", "4.0", "PRODUCTS = 5\n")
    changed = install(suite)
    assert changed["old"].python == ready["old"].python
    assert look(changed["new"])["products"] == 5
    recorded = {name: {"record": dict(one.record)} for name, one in ready.items()}
    unchanged(recorded, ready)
    with pytest.raises(InstallationError, match="installation 'new': its executable has changed since the run started"):
        unchanged(recorded, changed)


def test_a_requirement_that_cannot_be_had_leaves_nothing_behind(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, Installation("none", requires=("torch==0.0.1",)))
    expected = r"installation 'none': pip cannot install torch==0\.0\.1: No matching distribution found for torch==0"
    with pytest.raises(InstallationError, match=expected):
        install(suite)
    assert os.listdir(root() / "environments") == []


def test_a_requirement_that_a_constraint_excludes_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = write_wheel(tmp_path, "pace", "1.0", "PRODUCTS = 1\n")
    (tmp_path / "constraints.txt").write_text("pace==2.0\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "constraints.txt"))
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    suite = make_suite(tmp_path, Installation("none", requires=("pace==1.0",)))
    expected = r"pip cannot install pace==1\.0: Cannot install pace==1\.0 because .* \(constraint\) pace==2\.0\)$"
    with pytest.raises(InstallationError, match=expected):
        install(suite)


def test_builds_at_the_same_time_make_one(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom bench.runner.installations import install\n"
        "from bench.suite.model import Installation\nfrom tests.runner.places import make_suite\n"
        "install(make_suite(Path(sys.argv[1]), Installation('same', requires=('torch>1',))), print)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate(timeout=120)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sorted(said) == ["", "installing torch>1\n"]


BACKEND = """
import os, time, zipfile
def build_wheel(folder, *_):
    with open(os.environ["SLOW_PIDS"], "a") as file:
        file.write(f"{os.getpid()} {os.getppid()} ")
    time.sleep(float(os.environ["SLOW_S"]))
    with zipfile.ZipFile(f"{folder}/slow-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("slow.py", "")
        archive.writestr("slow-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: slow\\nVersion: 1.0\\n")
        archive.writestr("slow-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        archive.writestr("slow-1.0.dist-info/RECORD", "")
    return "slow-1.0-py3-none-any.whl"
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_build_is_made_again(tmp_path: Path, how: signal.Signals) -> None:
    source = tmp_path / "slow"
    source.mkdir()
    (source / "backend.py").write_text(BACKEND)
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "slow"\nversion = "1.0"\n'
    )
    program = (
        "import sys\nfrom pathlib import Path\nfrom bench.runner.installations import install\n"
        "from bench.suite.model import Installation\nfrom tests.runner.places import make_suite\n"
        "install(make_suite(Path(sys.argv[1]), Installation('slow', requires=(f'slow @ file://{sys.argv[1]}/slow',))))"
    )
    pids = tmp_path / "pids"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", "SLOW_PIDS": str(pids)}
    command = [sys.executable, "-c", program, str(tmp_path)]
    slow = {**environment, "SLOW_S": "600"}
    with subprocess.Popen(command, env=slow, stderr=subprocess.DEVNULL, start_new_session=True) as first:
        deadline = time.monotonic() + 60
        while not (pids.exists() and pids.read_text().endswith(" ")) and time.monotonic() < deadline:
            time.sleep(0.05)
        first.send_signal(how)
    # What it had started dies with the session here; left alone, it would hold the lock until it ends.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(first.pid, signal.SIGKILL)
    left = list((root() / "environments").iterdir())
    assert [(place / "complete.json").exists() for place in left] == ([False] if how == signal.SIGKILL else [])
    done = subprocess.run(command, env={**environment, "SLOW_S": "0"}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (place,) = (root() / "environments").iterdir()
    assert (place / "complete.json").exists()


def test_nothing_survives_a_killed_parent(tmp_path: Path) -> None:
    """kill -9 of the harness takes the server of another installation with it."""
    place = make_venv(tmp_path / "venv", with_present=True)
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom bench.runner.installed import Installed\n"
        "from bench.runner.process import ForkServer\nfrom bench.suite.model import Environment\n"
        "server = ForkServer(Environment(), '', Installed('theirs', sys.argv[1], (sys.argv[2],), '.'))\n"
        "print(server._process.pid, server.start().pid, flush=True)\ntime.sleep(600)\n"
    )
    command = [sys.executable, "-c", program, str(place / "bin" / "python"), harness()]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert len(pids) == 2
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_the_present_installation_sees_the_current_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert present(".").path[0] == str(tmp_path)
