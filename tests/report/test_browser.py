"""The page in a real browser: drawn, sorted, and silent on the network."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.conftest import Written

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed")

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PROBE = """<script>
const button = document.querySelector('#t-time thead th:nth-child(3) button');
button.click();
const first = document.querySelector('#t-time tbody tr td').textContent;
const fetched = performance.getEntriesByType('resource').length;
document.body.innerHTML = `<p id="probe">${first}|${fetched}|${document.querySelectorAll('th button').length}</p>`;
</script></body>"""


def _browse(arguments: list[str], profile: Path) -> str:
    command = [str(BROWSER), *_FLAGS, f"--user-data-dir={profile}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_sorting_works_and_nothing_is_fetched(written: Callable[[str], Written], tmp_path: Path) -> None:
    page = tmp_path / "probe.html"
    page.write_text(written("attention").html.replace("</body>", _PROBE), encoding="utf-8")
    dom = _browse(["--dump-dom", page.as_uri()], tmp_path / "profile")
    first, fetched, buttons = dom.partition('<p id="probe">')[2].partition("</p>")[0].split("|")
    assert first.startswith("181.")
    assert fetched == "0"
    assert int(buttons) > 10


def test_it_prints(written: Callable[[str], Written], tmp_path: Path) -> None:
    target = tmp_path / "page.pdf"
    page = written("attention").folder / "report.html"
    _browse([f"--print-to-pdf={target}", "--no-pdf-header-footer", page.as_uri()], tmp_path / "profile")
    assert target.read_bytes().startswith(b"%PDF")
