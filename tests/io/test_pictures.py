"""Which pictures are opened, and how large they may be."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from scenewright.core import CaptureError, FormatError
from scenewright.data.file_readers import read_image
from scenewright.io import pictures
from scenewright.io.pictures import PICTURE_FORMATS, open_picture

SOURCE = Path(__file__).resolve().parents[2] / "src" / "scenewright"
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 6\n/Times findfont\nshowpage\n"


@pytest.mark.parametrize("name", PICTURE_FORMATS)
def test_pictures_of_cameras_and_tools_are_opened(name: str, tmp_path: Path) -> None:
    pixels = np.full((6, 8, 3), 90, np.uint8)
    path = tmp_path / "picture"
    Image.fromarray(pixels).save(path, format=name)
    with open_picture(path) as picture:
        assert np.allclose(np.array(picture), pixels, atol=3)


def test_postscript_is_refused_under_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    path = tmp_path / "1.jpg"
    path.write_bytes(POSTSCRIPT)
    with pytest.raises(UnidentifiedImageError), open_picture(path) as picture:
        picture.load()
    with pytest.raises(CaptureError, match=r"1\.jpg cannot be decoded: expected a complete image"):
        read_image(path)


def test_large_pictures_are_refused_by_their_header(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(stream, format="PNG")
    monkeypatch.setattr(pictures, "PIXEL_LIMIT", 599)
    with pytest.raises(FormatError) as caught, open_picture(stream, name="1.png"):
        pass
    assert str(caught.value) == (
        "1.png is too large: expected at most 0 million pixels, got 30 x 20 pixels. "
        "Make it smaller."
    )


def test_pictures_are_opened_here_alone() -> None:
    found = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "Image.open":
                found.append(path.relative_to(SOURCE).as_posix())
    assert found == ["io/pictures.py"]
