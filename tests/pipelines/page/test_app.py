"""The page in a browser: a picture, a mask, a run with tiny random networks, errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page.serving import PageServer
from scenewright.pipelines.page.settings import PageSettings
from tests.pipelines.page.browser_builders import Chromium

pytestmark = pytest.mark.slow

OBJECTS = "document.querySelector('#sw-objects').innerText"
TOAST = "document.querySelector('.toast-body, .toast-wrap')?.innerText"


def room(folder: Path) -> Path:
    """The file of a picture with a red and a blue box."""
    image = np.full((240, 320, 3), 120, np.uint8)
    image[80:200, 30:130] = (200, 40, 40)
    image[50:200, 180:300] = (30, 60, 200)
    Image.fromarray(image).save(folder / "my room.png")
    return folder / "my room.png"


def test_from_a_picture_to_its_objects(tmp_path: Path, chosen: GenerateSettings) -> None:
    pytest.importorskip("gradio")
    with (
        PageServer(PageSettings(port=0), chosen) as server,
        Chromium(tmp_path / "profile") as page,
    ):
        page.open(server.url)
        page.until("document.querySelector('#sw-generate')")
        page.click("#sw-generate")
        page.until(f"({TOAST} || '').includes('Picture')")
        page.upload("input[type=file][accept*='.jpg']", room(tmp_path))
        page.until("document.querySelector('.sw-board img')")
        page.until("document.querySelector('#sw-pictures').innerText.includes('my-room')")
        page.drag(".sw-board img", (0.05, 0.28), (0.45, 0.9))
        page.until(f"{OBJECTS}.includes('1')")
        page.drag(".sw-board img", (0.52, 0.16), (0.97, 0.9))
        page.until(f"{OBJECTS}.includes('2')")
        page.type_into("#sw-name input, #sw-name textarea", "<i>sofa</i>", enter=True)
        page.until(f"{OBJECTS}.includes('2 <i>sofa</i>')")
        page.click("#sw-generate")
        page.until("document.querySelector('iframe.sw-view')")
        assert page.value("document.querySelectorAll('#sw-report tr').length") == 3
        assert "<i>sofa</i>" in page.value("document.querySelector('#sw-report').innerText")
        for name in ("#sw-glb", "#sw-ply"):
            page.until(f"document.querySelector('{name}')")
        page.value("document.querySelector('iframe.sw-view').scrollIntoView()")
        seen = "document.querySelector('iframe.sw-view').src"
        assert page.value(f"fetch({seen}).then((answer) => answer.status)") == 200
        page.picture(tmp_path / "scene.png", whole=False)
        foreign = [url for url in page.asked if not url.startswith(
            (server.url, "data:", "blob:", "about:"))]  # fmt: skip
        assert foreign == []
        assert [error for error in page.errors if "violates" in error] == []
