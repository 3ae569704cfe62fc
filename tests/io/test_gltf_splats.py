"""Attributes of KHR_gaussian_splatting: quantized ones, other kinds, damage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import FormatError
from scenewright.io import load_scene
from tests.io.glb_builders import KHR, foreign, write_parts
from tests.io.surfel_builders import make_surfels


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.splat.glb"


def test_quantized_attributes(path: Path) -> None:
    tree, body = foreign(path)
    surfels = make_surfels(20, ids=False, scores=False, degree=2)
    names = tree["meshes"][0]["primitives"][0]["attributes"]
    for name, values, component in (
        ("OPACITY", np.rint(surfels.opacities * 255).astype("u1"), 5121),
        ("ROTATION", np.rint(surfels.quats[:, [1, 2, 3, 0]] * 32767).astype("<i2"), 5122),
    ):
        accessor = tree["accessors"][names[f"{KHR}:{name}"]]
        accessor |= {"componentType": component, "normalized": True}
        # Rows with a gap between them.
        width = 4 if name == "OPACITY" else 12
        rows = np.zeros((20, width), np.uint8)
        raw = np.frombuffer(values.tobytes(), np.uint8).reshape(20, -1)
        rows[:, : raw.shape[1]] = raw
        tree["bufferViews"][accessor["bufferView"]] = {
            "buffer": 0, "byteOffset": len(body), "byteLength": rows.size, "byteStride": width,
        }  # fmt: skip
        body += rows.tobytes()
    tree["buffers"] = [{"byteLength": len(body)}]
    write_parts(path, tree, body)
    back = load_scene(path).surfels
    assert back is not None
    assert np.allclose(back.opacities, surfels.opacities, atol=0.5 / 255 + 1e-6)
    assert np.allclose(np.linalg.norm(back.quats, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"kernel": "cube", "colorSpace": "srgb_rec709_display"},
            "its splats have the kernel 'cube', not 'ellipse'",
        ),
        (
            {"kernel": "ellipse", "colorSpace": "lin_rec709_display"},
            "the colors of its splats are 'lin_rec709_display', not 'srgb_rec709_display'",
        ),
        (
            {"kernel": "ellipse", "extensions": {f"{KHR}_compression_spz_2": {}}},
            f"its splats are packed by {KHR}_compression_spz_2, which this release does not read",
        ),
    ],
)
def test_other_kinds_are_refused(path: Path, change: dict[str, Any], words: str) -> None:
    tree, body = foreign(path)
    tree["meshes"][0]["primitives"][0]["extensions"][KHR] = change
    write_parts(path, tree, body)
    with pytest.raises(FormatError) as caught:
        load_scene(path)
    assert str(caught.value) == (
        f"{path}: expected a GLB file, got one that cannot be read (ValueError: {words})"
    )


def test_damage_is_named(path: Path) -> None:
    tree, body = foreign(path, scale=[1, 2, 1])
    write_parts(path, tree, body)
    with pytest.raises(FormatError, match="a node with splats is mirrored or stretched"):
        load_scene(path)
    tree, body = foreign(path)
    del tree["meshes"][0]["primitives"][0]["attributes"][f"{KHR}:SH_DEGREE_1_COEF_2"]
    write_parts(path, tree, body)
    with pytest.raises(FormatError, match=f"its splats lack {KHR}:SH_DEGREE_1_COEF_2"):
        load_scene(path)
    tree, body = foreign(path)
    tree["bufferViews"][3]["byteOffset"] = len(body) - 4
    write_parts(path, tree, body)
    with pytest.raises(FormatError, match="reaches beyond the file"):
        load_scene(path)
    tree, body = foreign(path)
    tree["buffers"][0]["uri"] = "other.bin"
    write_parts(path, tree, body)
    with pytest.raises(FormatError, match="it refers to another file"):
        load_scene(path)
