"""Opens pages in a headless browser, and drives them by a script inside of the page."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 120
_DRIVER = """
// Time in the browser is virtual and may run out before a real frame comes.
let frame = [];
window.requestAnimationFrame = (step) => {
  if (!frame.length) setTimeout(() => {
    const steps = frame;
    frame = [];
    steps.forEach((one) => one(performance.now()));
  }, 0);
  frame.push(step);
  return 1;
};
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const byId = (id) => document.getElementById(id);
const press = (key, on = document.body) =>
  on.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const click = (x, y) => {
  const at = {clientX: x, clientY: y, button: 0, bubbles: true, pointerId: 1};
  byId("canvas").dispatchEvent(new PointerEvent("pointerdown", at));
  byId("canvas").dispatchEvent(new PointerEvent("pointerup", at));
};
const middle = () => {
  const box = byId("canvas").getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
};
// The color of a place of the view; its surface can be read only in the task that draws it.
const pixel = (x, y) => new Promise((done) => {
  press("c");
  press("c");
  requestAnimationFrame(() => {
    const gl = byId("canvas").getContext("webgl2");
    const box = byId("canvas").getBoundingClientRect();
    const scale = byId("canvas").width / box.width;
    const bytes = new Uint8Array(4);
    const at = [(x - box.left) * scale, (box.bottom - y) * scale];
    gl.readPixels(...at, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    done([...bytes].slice(0, 3));
  });
});
const rows = () => [...document.querySelectorAll(".row")].map((row) => ({
  id: Number(row.dataset.id),
  name: [...row.querySelectorAll(".name, .id")].map((one) => one.textContent).join(" "),
  hidden: row.hidden,
  off: row.classList.contains("off"), selected: row.classList.contains("selected"),
}));
const facts = () => {
  const cells = [...byId("card-facts").children].map((one) => one.textContent);
  return Object.fromEntries(cells.flatMap((word, i) => i % 2 ? [] : [[word, cells[i + 1]]]));
};
const errors = [];
addEventListener("error", (event) => errors.push(String(event.message)));
addEventListener("securitypolicyviolation", (event) => errors.push(event.violatedDirective));
(async () => {
  const found = {};
  try {
    for (let i = 0; i < 600 && !document.documentElement.dataset.state; i++) await wait(50);
    found.state = document.documentElement.dataset.state;
    await wait(100);
    @STEPS@
  } catch (error) { errors.push(String(error.stack)); }
  const out = document.createElement("pre");
  out.id = "found";
  out.textContent = JSON.stringify({...found, errors});
  document.body.append(out);
})();
"""


def browser() -> str:
    """Path of a browser; skips the test if there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium")
    return found


def drive(page: Path, steps: str, *, size: tuple[int, int] = (900, 600)) -> dict[str, Any]:
    """Runs statements in a page and returns the values that they put into `found`.

    Args:
        page: The page; a changed copy beside it is opened.
        steps: JavaScript, in an async function that may use the helpers of this module.
        size: Of the window, pixels.
    """
    script = _DRIVER.replace("@STEPS@", steps)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = page.read_text("utf-8")
    assert "script-src '" in text
    text = text.replace("script-src '", f"script-src 'sha256-{digest}' '", 1)
    first = '<script type="application/json"'
    assert first in text
    text = text.replace(first, f"<script>{script}</script>{first}", 1)
    copy = page.with_name(f"driven-{page.name}")
    copy.write_text(text, "utf-8")
    found = re.search(r'<pre id="found">(.*?)</pre>', dump(copy, size=size), re.DOTALL)
    assert found is not None, "the page did not answer"
    value: dict[str, Any] = json.loads(html.unescape(found[1]))
    return value


def dump(page: Path, *, size: tuple[int, int] = (900, 600)) -> str:
    """The elements of a page after its scripts have run."""
    command = [
        browser(), "--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader", "--disable-dev-shm-usage", "--virtual-time-budget=60000",
        f"--user-data-dir={page.parent / 'profile'}", f"--window-size={size[0]},{size[1]}",
        "--dump-dom", page.resolve().as_uri(),
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_SECONDS, check=True, encoding="utf-8"
    )
    return done.stdout
