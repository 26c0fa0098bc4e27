"""Descriptions of machine, software and tree, from files and commands a test provides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.meters import machine, software
from bench.meters.machine import cgroup_limits, describe_git, describe_machine, describe_software, gpus
from bench.meters.software import parse_torch_config

CONFIG = """PyTorch built with:
  - GCC 13.3
  - C++ Version: 202002
  - Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605 for Intel(R) 64 architecture applications
  - Intel(R) MKL-DNN v3.12.0 (Git Hash 80afa71049cd69a3df32adcccb623b12cd7baa22)
  - OpenMP 201511 (a.k.a. OpenMP 4.5)
  - Build settings: BLAS_INFO=mkl, BUILD_TYPE=Release
"""


def test_the_machine_is_plain_data_with_the_promised_keys() -> None:
    found = describe_machine()
    assert json.loads(json.dumps(found)) == found
    assert {"cpu", "memory_bytes", "kernel", "libc", "limits", "gpus", "container"} <= set(found)
    cpu = found["cpu"]
    assert {"model", "cores", "usable_cores", "flags", "l2_bytes", "l3_bytes", "governor", "turbo", "smt"} <= set(cpu)
    assert 1 <= cpu["usable_cores"] <= cpu["cores"]


def test_software_versions_without_and_with_torch() -> None:
    without = describe_software(with_torch=False)
    assert "torch" not in without
    assert without["packages"]["torch"]
    assert without["bench"]
    full = describe_software()
    assert json.loads(json.dumps(full)) == full
    assert full["torch"]["version"] == full["packages"]["torch"]


def test_only_variables_that_change_results_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("SECRET_TOKEN", "x")
    recorded = describe_software(with_torch=False)["environment"]
    assert recorded["OMP_WAIT_POLICY"] == "PASSIVE"
    assert "SECRET_TOKEN" not in recorded


def test_torch_config_is_parsed() -> None:
    assert parse_torch_config(CONFIG) == {
        "compiler": "GCC 13.3",
        "blas": "mkl",
        "mkl": "2024.2-Product",
        "onednn": "3.12.0",
        "openmp": "201511",
    }
    assert set(parse_torch_config("").values()) == {None}


def _write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


@pytest.mark.parametrize(
    ("files", "cores", "memory"),
    [
        ({}, None, None),
        ({"cpu_DOT_max": "150000 100000", "memory_DOT_max": "1073741824"}, 1.5, 1073741824.0),
        ({"cpu_DOT_max": "max 100000", "memory_DOT_max": "max"}, None, None),
        (
            {
                "cpu__cpu_DOT_cfs_quota_us": "200000",
                "cpu__cpu_DOT_cfs_period_us": "100000",
                "memory__memory_DOT_limit_in_bytes": "9223372036854771712",
            },
            2.0,
            None,
        ),
        ({"cpu__cpu_DOT_cfs_quota_us": "-1", "cpu__cpu_DOT_cfs_period_us": "100000"}, None, None),
    ],
)
def test_limits_of_both_kinds_of_cgroup(
    tmp_path: Path, files: dict[str, str], cores: float | None, memory: float | None
) -> None:
    assert cgroup_limits(_write(tmp_path, **files)) == {"cores": cores, "memory_bytes": memory}


def test_clock_policy_from_sysfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_CPU", tmp_path)
    assert (machine.governor(), machine.turbo(), machine.smt()) == (None, None, None)
    _write(tmp_path, cpu0__cpufreq__scaling_governor="powersave", intel_pstate__no_turbo="1", smt__active="1")
    assert (machine.governor(), machine.turbo(), machine.smt()) == ("powersave", False, True)
    (tmp_path / "intel_pstate/no_turbo").unlink()
    _write(tmp_path, cpufreq__boost="1")
    assert machine.turbo() is True


def test_cache_sizes(tmp_path: Path) -> None:
    _write(
        tmp_path,
        index0__level="1", index0__type="Data", index0__size="32K",
        index1__level="2", index1__type="Unified", index1__size="2048K",
        index2__level="3", index2__type="Unified", index2__size="480M",
    )  # fmt: skip
    assert (machine._cache(2, tmp_path), machine._cache(3, tmp_path), machine._cache(4, tmp_path)) == (
        2 << 20,
        480 << 20,
        None,
    )


def test_gpus_by_a_stand_in_for_nvidia_smi(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str]) -> str | None:
        if "clocks_event" in command[1]:
            return None  # an older driver does not know the name
        return "0x0000000000000004\n" if "throttle" in command[1] else "H100, 81559, 570.1, 700.00, 1980, Enabled\n"

    monkeypatch.setattr(machine.shutil, "which", lambda name: "/bin/nvidia-smi")
    monkeypatch.setattr(machine, "run", run)
    (gpu,) = gpus()
    assert (gpu["name"], gpu["max_clock_mhz"], gpu["persistence"], gpu["throttle"]) == (
        "H100",
        "1980",
        "Enabled",
        "0x0000000000000004",
    )
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    assert gpus() == []


def _git(folder: Path, *words: str) -> None:
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    }  # fmt: skip
    subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True)


def test_git_in_all_its_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    tree = tmp_path / "tree"
    tree.mkdir()
    assert describe_git(tree) is None
    _git(tree, "init", "-b", "trunk")
    assert describe_git(tree) is None
    (tree / "a").write_text("1")
    _git(tree, "add", "a")
    _git(tree, "commit", "-m", "first")
    found = describe_git(tree)
    assert found is not None
    assert len(found["commit"]) == 40
    assert (found["branch"], found["dirty"], found["changed"]) == ("trunk", False, 0)
    (tree / "a").write_text("2")
    (tree / "b").write_text("3")
    found = describe_git(tree / "a")
    assert found is not None
    # An untracked file is none of the tree's: a log that was left there changes no source.
    assert (found["dirty"], found["changed"]) == (True, 1)
    _git(tree, "checkout", "--detach")
    found = describe_git(tree)
    assert found is not None
    assert found["branch"] is None


def test_without_git_there_is_no_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert describe_git(".") is None
    assert software.run([sys.executable, "-c", "raise SystemExit(3)"]) is None
