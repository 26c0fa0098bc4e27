"""Suites, git repositories and wheels for the tests of installations; what a case executes is counted, never timed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.runner.installations.interpreters import site_folders
from bench.runner.installed import Installed
from bench.runner.process import ForkServer
from bench.suite.model import HERE, Case, Environment, Group, Installation, Plan, Suite
from tests.runner.plans import QUICK, make_plan

SIZE = 8

#: FLOPs of one product of two matrices of 8 × 8: 8 · 8 · 8 multiplications and as many additions.
PRODUCT = 2 * SIZE**3

WORK = """
import sys
import torch
from bench.workloads.protocol import Prepared, Task
{imports}
PRODUCTS = {products}

def work(n: int = 8) -> Task:
    def prepare() -> Prepared:
        left, right = torch.ones(n, n), torch.ones(n, n)
        def call() -> None:
            for _ in range(PRODUCTS):
                left @ right
        facts = {{"prefix": sys.prefix, "path": repr(sys.path), "torch": torch.__file__}}
        return Prepared(call, facts=facts)
    return Task(prepare, tolerance=None)
"""


def git(folder: Path, *words: str) -> str:
    """Run git there, as somebody, whatever the user's settings are."""
    somebody = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *somebody, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    """Commit all there is and return the commit."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def write_work(folder: Path, products: object, imports: str = "") -> Path:
    """A workload of so many products (a number, or an expression) in ``work.py``."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "work.py"
    file.write_text(WORK.format(products=products, imports=imports))
    return file


def write_wheel(folder: Path, name: str, version: str, module: str) -> Path:
    """A wheel that holds one module, made by hand."""
    file = folder / f"{name}-{version}-py3-none-any.whl"
    information = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": module,
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{information}/RECORD"])
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in {**files, f"{information}/RECORD": record}.items():
            archive.writestr(path, text)
    return file


def make_venv(folder: Path, *, with_present: bool) -> Path:
    """A virtual environment, empty or with everything that is installed here."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    if with_present:
        (own,) = (folder / "lib").glob("python*/site-packages")
        (own / "present.pth").write_text("".join(f"{entry}\n" for entry in site_folders()))
    return folder


def make_suite(folder: Path, *installations: Installation, workload: str = "./work.py:work") -> Suite:
    """A suite whose subject is the installation."""
    names = (*(one.name for one in installations), HERE)
    plan = make_plan(["good"], folder=folder, workload=workload)
    return replace(
        plan.suite,
        subject="installation",
        axes={"n": (SIZE,), "installation": names},
        measure=replace(QUICK, metrics=("flops", "time")),
        crossovers=(),
        installations=installations,
    )


def plan_of(suite: Suite) -> Plan:
    """One group: the same case in each installation."""
    cases = []
    for name in suite.axes["installation"]:
        environment = Environment(installation=str(name))
        axes = {"n": SIZE, "installation": name}
        cases.append(Case(f"work/{name}", axes, {"n": SIZE}, environment, "work", str(name)))
    return Plan(suite, (Group("work", tuple(cases), cases[0].environment),))


def look(
    installed: Installed, workload: str = "./work.py:work", params: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What a case's process says of itself: its facts, the products it executes, and its environment variables."""
    environment = Environment(installation=installed.name)
    with ForkServer(environment, workload, installed) as server:
        process = server.start()
        process.ask(
            "open", 60, workload=workload, folder=process.folder, params={"n": SIZE}, device="cpu", seed=0, threads=1
        )
        facts = process.ask("prepare", 60)["facts"]
        counted = process.ask("flops", 60)
        variables = Path(f"/proc/{process.pid}/environ").read_bytes().decode().split("\0")
        process.finish()
    found = dict(line.split("=", 1) for line in variables if "=" in line)
    return {"products": counted["dispatch"]["total"] / PRODUCT, "variables": found, **facts}
