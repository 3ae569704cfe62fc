"""Descriptions of files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError
from scenewright.io import describe, save, write_view
from tests.builders import make_cube, make_scene
from tests.io.surfel_builders import make_surfel_scene


def test_descriptions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scene = make_scene()
    for name in ("room", "room.glb", "room.ply", "room.npz", "room.json"):
        save(scene, name)
    save(make_cube(), "cube.ply")
    found = {name: describe(name) for name in ("room", "room.glb", "room.ply", "room.npz")}
    assert [d.num_instances for d in found.values()] == [3, 3, 3, 3]
    assert [d.num_points for d in found.values()] == [10, None, 10, 10]
    assert [d.version for d in found.values()] == [4, 3, None, None]
    assert found["room"].axes == "right-handed world; up is (0, 0, 1)"
    assert found["room"].details == {
        "meshes": "2",
        "features": "masks (model unknown)",
        "history": "segment",
    }
    assert "+Y up" in found["room.glb"].axes and found["room.glb"].kind == "GLB by Scenewright"
    assert found["room.ply"].axes == "right-handed world; up is (0, 0, 1)"
    assert found["room.ply"].details["columns"].endswith("blue, instance_id")
    assert describe("room.json").num_instances == 3
    assert describe("cube.ply").kind == "PLY mesh"
    assert describe("cube.ply").axes.endswith("unknown")


def test_descriptions_of_surfels(tmp_path: Path) -> None:
    scene = make_surfel_scene()
    assert scene.surfels is not None
    found = {
        name: describe(save(scene, tmp_path / name))
        for name in ("room", "a.ply", "a.surfel.ply", "a.glb")
    }
    assert [one.num_surfels for one in found.values()] == [12] * 4
    assert [one.num_points for one in found.values()] == [0, None, None, None]
    assert found["room"].details["views"] == "3" and found["room"].details["state grids"] == "2"
    assert found["a.ply"].kind == "PLY of surfels"
    assert found["a.ply"].details == {"degree of harmonics": "3", "features": "5"}
    assert found["a.ply"].axes == "right-handed world; up is (0, 0, 1)"
    ids = scene.surfels.instance_id
    assert ids is not None and found["a.ply"].num_instances == len(np.unique(ids[ids > 0]))


def test_a_page_is_described_by_what_it_shows(tmp_path: Path) -> None:
    scene = make_scene()
    write_view(tmp_path / "view.html", scene, title="kitchen", caption="7 objects")
    found = describe(tmp_path / "view.html")
    assert (found.kind, found.unit, found.axes) == ("page of a scene", "meter", "+Y up")
    write_view(tmp_path / "other.html", replace(make_scene(), is_metric=False))
    assert describe(tmp_path / "other.html").unit == "arbitrary"
    assert found.num_instances == len(scene.instances)
    assert found.details == {
        "title": "kitchen", "caption": "7 objects", "use": "open it in a browser",
    }  # fmt: skip


def test_another_page_or_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html></html>")
    with pytest.raises(FormatError) as caught:
        describe(tmp_path / "page.html")
    assert str(caught.value) == (
        f"{tmp_path / 'page.html'}: expected a page that Scenewright wrote (view.html), got "
        "another page"
    )
    (tmp_path / "objects.jpg").write_bytes(b"")
    with pytest.raises(FormatError, match=r"^Cannot describe .*view\.html.* got the suffix \.jpg"):
        describe(tmp_path / "objects.jpg")
