"""Textures in GLB files that are damaged or hostile."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scenewright.core import FormatError, Mesh
from scenewright.io import read_glb_mesh, write_glb_mesh
from tests.builders import make_textured_quad


def write_changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Writes a textured mesh with another JSON part."""
    write_glb_mesh(path, make_textured_quad())
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    tree = json.loads(data[20 : 20 + length])
    change(tree)
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    head = struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text) + len(rest), len(text), b"JSON")
    path.write_bytes(head + text + rest)


def with_image(path: Path, data: bytes) -> None:
    """Writes a textured mesh with other bytes as its image, at the end of the file."""
    write_glb_mesh(path, make_textured_quad())
    file = path.read_bytes()
    length = struct.unpack_from("<I", file, 12)[0]
    tree = json.loads(file[20 : 20 + length])
    body = file[28 + length :]
    view = tree["bufferViews"][tree["images"][0]["bufferView"]]
    view.update(byteOffset=len(body), byteLength=len(data))
    body += data + bytes(-len(data) % 4)
    tree["buffers"][0]["byteLength"] = len(body)
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    path.write_bytes(
        struct.pack("<4sIII4s", b"glTF", 2, 28 + len(text) + len(body), len(text), b"JSON")
        + text + struct.pack("<I4s", len(body), b"BIN\0") + body
    )  # fmt: skip


def image_bytes(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=kind)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t["bufferViews"][t["images"][0]["bufferView"]].update(byteLength=10**9),
         "a texture reaches beyond the file"),
        (lambda t: t["bufferViews"][t["images"][0]["bufferView"]].update(byteOffset=-50),
         "a texture reaches beyond the file"),
        (lambda t: t["bufferViews"][t["images"][0]["bufferView"]].update(byteLength=-1),
         "a texture reaches beyond the file"),
        (lambda t: t["images"][0].pop("bufferView"), "KeyError: 'bufferView'"),
        (lambda t: t.pop("textures"), "KeyError: 'textures'"),
        (lambda t: t["meshes"][0]["primitives"][0]["attributes"].pop("POSITION"), "KeyError"),
        (lambda t: t["meshes"][0]["primitives"][0]["attributes"].update(COLOR_0=0),
         "expected vertex colors or a texture, got both"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    path = tmp_path / "a.glb"
    write_changed(path, change)
    with pytest.raises(FormatError, match=words) as caught:
        read_glb_mesh(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "UnidentifiedImageError"),
        (b"no image", "UnidentifiedImageError"),
        (image_bytes(Image.new("RGB", (4, 4)), "JPEG"), "UnidentifiedImageError"),
        (image_bytes(Image.new("L", (4, 4)), "PNG"), "mode L, neither RGB nor RGBA"),
        (image_bytes(Image.new("RGB", (40, 40)), "PNG")[:60], "cannot be read"),
    ],
)
def test_wrong_images_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "a.glb"
    with_image(path, data)
    with pytest.raises(FormatError, match=words):
        read_glb_mesh(path)


def test_an_image_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    # A few bytes that claim 81 million pixels: only the header may be read.
    path = tmp_path / "a.glb"
    good = image_bytes(Image.new("RGB", (8, 8)), "PNG")
    claimed = bytearray(good)
    claimed[16:24] = struct.pack(">II", 9000, 9000)
    claimed[29:33] = struct.pack(">I", zlib.crc32(bytes(claimed[12:29])))
    with_image(path, bytes(claimed))
    with pytest.raises(FormatError, match="its texture of 9000 x 9000 pixels is too large"):
        read_glb_mesh(path)


def test_flipped_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    write_glb_mesh(path, make_textured_quad())
    good = path.read_bytes()

    @settings(max_examples=150, deadline=None, database=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)), min_size=1, max_size=4
        )
    )
    def attempt(changes: list[tuple[int, int]]) -> None:
        bad = bytearray(good)
        for position, value in changes:
            bad[position] = value
        path.write_bytes(bytes(bad))
        try:
            assert isinstance(read_glb_mesh(path), Mesh)
        except FormatError as error:
            assert str(path) in str(error)

    attempt()
