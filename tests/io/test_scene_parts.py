"""Scenes with surfels, views and grids: the scene folder, the registry, the verbs."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import FormatError, Scene
from scenewright.io import describe, load_scene, read_scene_folder, save, write_scene_folder
from tests.builders import assert_same_scene, make_scene
from tests.io.surfel_builders import make_surfel_scene, make_surfels, make_views


def assert_same_fields(left: Any, right: Any) -> None:
    """Fails unless two values of a data class hold the same, types included."""
    assert type(left) is type(right)
    if left is None:
        return
    for field in dataclasses.fields(left):
        a, b = getattr(left, field.name), getattr(right, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype and np.array_equal(a, b), field.name
        else:
            assert a == b and type(a) is type(b), field.name


def assert_all_same(left: Scene, right: Scene) -> None:
    assert_same_scene(left, right)
    assert_same_fields(left.surfels, right.surfels)
    assert_same_fields(left.views, right.views)
    assert list(left.grids) == list(right.grids)
    for instance_id, grid in left.grids.items():
        assert_same_fields(grid, right.grids[instance_id])


def test_every_field_comes_back(tmp_path: Path) -> None:
    scene = make_surfel_scene(points=True, assets=True)
    folder = tmp_path / "room"
    save(scene, folder)
    assert_all_same(load_scene(folder), scene)
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "scene.json", "points.npz", "features.npz", "surfels.npz", "views.json",
        "assets/007_chair.glb", "assets/012_café_table_round.glb",
        "grids/007_chair.npz", "grids/012_café_table_round.npz",
    }  # fmt: skip
    index = json.loads((folder / "scene.json").read_text())
    assert (index["version"], index["num_surfels"], index["num_views"]) == (4, 12, 3)
    arrays = np.load(folder / "surfels.npz", allow_pickle=False)
    assert arrays["sh"].shape == (12, 16, 3) and arrays["opacities"].dtype == np.float32


@settings(max_examples=20, deadline=None)
@given(
    n=st.integers(0, 4),
    degree=st.integers(0, 3),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()),
)
def test_any_parts_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    n: int,
    degree: int,
    flags: tuple[bool, bool, bool, bool],
) -> None:
    ids, scores, features, views = flags
    scene = dataclasses.replace(
        make_scene(assets=False),
        surfels=make_surfels(n, degree=degree, ids=ids, scores=scores, features=2 * features),
        views=make_views(n) if views else None,
    )
    folder = tmp_path_factory.mktemp("scene") / "room"
    write_scene_folder(folder, scene)
    assert_all_same(read_scene_folder(folder), scene)


def test_a_scene_of_an_older_release_is_refused_in_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "room"
    save(make_scene(), folder)
    edited(folder, version=1)
    for read in (load_scene, describe):
        with pytest.raises(FormatError) as caught:
            read(folder)
        assert str(caught.value) == (
            f"{folder / 'scene.json'} has another format version: expected version 4, got version "
            "1. It was written by an older release and cannot be read by this one; "
            "create it again."
        )


def edited(folder: Path, **changes: Any) -> None:
    index = json.loads((folder / "scene.json").read_text())
    (folder / "scene.json").write_text(json.dumps({**index, **changes}))


def test_damaged_members_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "room"
    save(make_surfel_scene(), folder)
    edited(folder, num_surfels=7)
    with pytest.raises(FormatError) as caught:
        load_scene(folder)
    surfels = folder / "surfels.npz"
    assert str(caught.value) == f"{surfels}: expected 7 surfels, got 12 surfels"
    edited(folder, num_surfels=12)
    arrays = dict(np.load(surfels))
    arrays["means"][3, 1] = np.nan
    np.savez(surfels, **arrays)
    with pytest.raises(FormatError) as caught:
        load_scene(folder)
    assert str(caught.value) == (
        f"{surfels} is not a valid file of surfels: SurfelCloud.means: expected finite values, got "
        "1 that are NaN or infinite"
    )
    surfels.unlink()
    with pytest.raises(FormatError) as caught:
        load_scene(folder)
    assert str(caught.value) == f"{surfels}: expected a npz file, got no such path"
    edited(folder, surfels="../surfels.npz")
    with pytest.raises(FormatError, match="expected a relative path below"):
        load_scene(folder)
    edited(folder, surfels=None)
    views = folder / "views.json"
    views.write_text(views.read_text().replace('"size"', '"sizes"', 1))
    with pytest.raises(FormatError, match=r"views\.json: expected a file of views, got one that"):
        load_scene(folder)
    edited(folder, surfels=None, views=None)
    np.savez(folder / "grids" / "007_chair.npz", states=np.zeros((1, 1, 1), np.uint8))
    with pytest.raises(FormatError, match="got none called cell_size, origin, seen_share"):
        load_scene(folder)


def test_verbs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from scenewright.cli.main import main

    save(make_surfel_scene(), tmp_path / "room")
    assert main(["convert", str(tmp_path / "room"), str(tmp_path / "a.splat.ply")]) == 0
    assert (
        "written from a scene of 3 objects, 0 points, 12 surfels"
        in capsys.readouterr().out.replace("\n", " ")
    )
    assert main(["info", str(tmp_path / "a.splat.ply")]) == 0
    words = capsys.readouterr().out.split()
    assert words[words.index("surfels") :][:1] == ["surfels"] and "12" in words
