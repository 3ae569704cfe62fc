"""A headless Chromium that a test drives through pipes, by the DevTools protocol."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.io.page_builders import browser

SECONDS = 120.0
"""Longest wait for an answer or a condition."""


class Chromium:
    """One page of a browser.

    Args:
        profile: Folder for its files.
        size: Of the window, pixels.

    Attributes:
        asked: Addresses that the page asked for.
        errors: Errors of scripts, and requests that the policy of the page refused.
    """

    def __init__(self, profile: Path, *, size: tuple[int, int] = (1360, 1000)) -> None:
        command = [
            browser(), "--headless", "--no-sandbox", "--remote-debugging-pipe",
            "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
            "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
            f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}", "about:blank",
        ]  # fmt: skip
        read_end, self._write = os.pipe()
        self._read, write_end = os.pipe()

        def connect() -> None:
            first, second = os.dup(read_end), os.dup(write_end)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=connect,
            close_fds=False,
        )  # fmt: skip
        os.close(read_end)
        os.close(write_end)
        self._rest = b""
        self._number = 0
        self._session = ""
        self.asked: list[str] = []
        self.errors: list[str] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(each["targetId"] for each in targets if each["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        os.close(self._write)
        os.close(self._read)
        self._process.terminate()
        self._process.wait(timeout=30)

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer.

        Raises:
            LookupError: The browser refuses it.
        """
        self._number += 1
        message = {"id": self._number, "method": method, "params": values}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = self._next(end - time.monotonic())
            if found is not None and found.get("id") == self._number:
                if "error" in found:
                    raise LookupError(found["error"]["message"])
                result: dict[str, Any] = found["result"]
                return result
        raise TimeoutError(method)

    def open(self, url: str) -> None:
        """Opens an address."""
        self.call("Page.navigate", url=url)

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are awaited."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str, *, seconds: float = SECONDS) -> Any:
        """Waits until an expression is true, and returns its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(LookupError):  # the page is being replaced
                found = self.value(f"((it) => it instanceof Node ? true : it)({expression})")
                if found:
                    return found
            time.sleep(0.15)
        raise TimeoutError(f"{expression}; on the page: {self.value('document.body.innerText')}")

    def click(self, selector: str) -> None:
        """Clicks on an element."""
        self.until(f"document.querySelector({json.dumps(selector)})")
        self.value(f"document.querySelector({json.dumps(selector)}).click()")

    def type_into(self, selector: str, text: str, *, enter: bool = False) -> None:
        """Replaces the text of a field."""
        self.value(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}); one.focus();"
            f" one.value = {json.dumps(text)};"
            " one.dispatchEvent(new Event('input', {bubbles: true})); })()"
        )
        if enter:
            for kind in ("keyDown", "keyUp"):
                self.call(
                    "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
                    windowsVirtualKeyCode=13,
                )  # fmt: skip

    def upload(self, selector: str, *files: Path) -> None:
        """Chooses files in an input of files."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        assert node, selector
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in files])

    def drag(self, selector: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drags the mouse over an element; points are shares of its width and height."""
        box = self.value(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)});"
            " one.scrollIntoView({block: 'nearest'}); const b = one.getBoundingClientRect();"
            " return [b.left, b.top, b.width, b.height]; })()"
        )
        (x0, y0), (x1, y1) = ((box[0] + x * box[2], box[1] + y * box[3]) for x, y in (start, end))
        steps = [("mouseMoved", x0, y0, 0), ("mousePressed", x0, y0, 1),
                 ("mouseMoved", (x0 + x1) / 2, (y0 + y1) / 2, 1), ("mouseMoved", x1, y1, 1),
                 ("mouseReleased", x1, y1, 0)]  # fmt: skip
        for kind, x, y, pressed in steps:
            self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, clickCount=1,
                button="left" if kind != "mouseMoved" or pressed else "none", buttons=pressed,
            )  # fmt: skip

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Writes a screenshot."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _next(self, seconds: float) -> dict[str, Any] | None:
        """The next message of the browser; events are noted."""
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], max(seconds, 0))
            if not ready:
                return None
            more = os.read(self._read, 1 << 20)
            assert more, "the browser has ended"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        method, values = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.asked.append(values["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(str(values["exceptionDetails"]))
        elif method == "Log.entryAdded" and values["entry"]["level"] == "error":
            self.errors.append(values["entry"]["text"])
        return message
