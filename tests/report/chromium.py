"""A real Chromium, driven through the pipe of its DevTools protocol: standard library only."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--font-render-hinting=none",
    "--remote-debugging-pipe",
]
_LIMIT_S = 60.0


class Chromium:
    """One browser with one page. Events are kept in :attr:`events` until they are looked at."""

    def __init__(self, profile: Path) -> None:
        reads, self._out = os.pipe()
        self._in, writes = os.pipe()
        # The protocol's pipe is what the browser finds as descriptors 3 and 4; high numbers until then, so that setting
        # one does not close the other.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 50) for end in (reads, writes)]
        command = [str(BROWSER), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$0" "$@" 3<&{ends[0]} 4>&{ends[1]}', *command],
            pass_fds=ends,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (reads, writes, *ends):
            os.close(end)
        self._numbers = itertools.count(1)
        self._rest = b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = next(one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = str(attached["sessionId"])
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session = None
        try:
            self.call("Browser.close")
        finally:
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            os.close(self._out)
            os.close(self._in)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        deadline = time.monotonic() + _LIMIT_S
        while True:
            answer = self._read(deadline)
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])
            self.events.append(answer)

    def _read(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(deadline - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            data = os.read(self._in, 1 << 20)
            assert data, "the browser has ended"
            self._rest += data
        line, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(line))

    def open(
        self, page: Path, *, width: int = 1440, height: int = 900, theme: str = "light", script: bool = True
    ) -> None:
        """Load a page afresh in a window of this size, for a reader whose system is ``light`` or ``dark``."""
        self.window(width, height)
        self.media(theme=theme)
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri())
        self.wait("Page.loadEventFired")

    def window(self, width: int, height: int) -> None:
        """Set the size of the window."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, theme: str = "light", kind: str = "") -> None:
        """Show what a light or dark system gets; on paper where ``kind`` is ``print``."""
        wishes = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        self.call("Emulation.setEmulatedMedia", media=kind, features=features)

    def wait(self, method: str) -> None:
        """Wait until an event has happened."""
        deadline = time.monotonic() + _LIMIT_S
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._read(deadline))

    def run(self, code: str) -> Any:
        """The value of a JavaScript expression; awaited where it is a promise."""
        answer = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True, userGesture=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def move(self, x: float, y: float) -> None:
        """Move the mouse."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x: float, y: float) -> None:
        """Press and release the left button."""
        self.move(x, y)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def key(self, name: str) -> None:
        """Press and release a key such as ``Tab`` or ``ArrowRight``."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
                 "ArrowRight": 39, "ArrowDown": 40}  # fmt: skip
        text = {"text": "\r"} if name == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            extra = {"windowsVirtualKeyCode": codes[name], **(text if kind == "keyDown" else {})}
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, **extra)

    def requests(self) -> list[str]:
        """Every address the page asked for since it was opened, itself included; data inside the page is none."""
        sent = [event["params"]["request"]["url"] for event in self._told("Network.requestWillBeSent")]
        return [url for url in sent if not url.startswith("data:")]

    def complaints(self) -> list[str]:
        """What the page wrote to the console, and what went wrong in it."""
        errors = [event["params"]["exceptionDetails"]["text"] for event in self._told("Runtime.exceptionThrown")]
        entries = [event["params"]["entry"]["text"] for event in self._told("Log.entryAdded")]
        return [*errors, *entries, *(str(event["params"]["args"]) for event in self._told("Runtime.consoleAPICalled"))]

    def _told(self, method: str) -> list[dict[str, Any]]:
        self.call("Browser.getVersion")  # whatever was on its way has arrived before this answer
        return [event for event in self.events if event.get("method") == method]

    def pdf(self, target: Path) -> Path:
        """Print the page."""
        paper = {"paperWidth": 8.27, "paperHeight": 11.69}
        answer = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True, **paper)
        target.write_bytes(base64.b64decode(answer["data"]))
        return target

    def picture(self, target: Path, *, whole: bool = False) -> Path:
        """Take a picture of the window, or of the whole page."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        target.write_bytes(base64.b64decode(answer["data"]))
        return target
