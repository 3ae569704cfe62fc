"""The scene folder: exact round trips, and errors of damaged ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from scenewright.core import (
    Asset,
    FormatError,
    InstanceTable,
    Mesh,
    OutputError,
    PointCloud,
    Scene,
    Step,
)
from scenewright.io import read_scene_folder, write_scene_folder
from tests.builders import assert_same_scene, make_cube, make_scene


def saved(tmp_path: Path, scene: Scene | None = None) -> Path:
    folder = tmp_path / "scene"
    write_scene_folder(folder, make_scene() if scene is None else scene)
    return folder


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "scene.json"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


@pytest.mark.parametrize("assets", [True, False])
@pytest.mark.parametrize("points", [True, False])
@pytest.mark.parametrize("embeddings", [True, False])
def test_round_trip(tmp_path: Path, assets: bool, points: bool, embeddings: bool) -> None:
    scene = make_scene(assets=assets, points=points, embeddings=embeddings)
    assert_same_scene(read_scene_folder(saved(tmp_path, scene)), scene)


def test_empty_scene(tmp_path: Path) -> None:
    scene = Scene(InstanceTable.empty())
    folder = saved(tmp_path, scene)
    assert_same_scene(read_scene_folder(folder), scene)
    assert [path.name for path in folder.iterdir()] == ["scene.json"]


def test_members_and_their_names(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "scene.json",
        "points.npz",
        "features.npz",
        "assets/007_chair.glb",
        "assets/012_café_table_round.glb",
    }


def test_readable_without_us(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    index = json.loads((folder / "scene.json").read_text())
    assert index["format"] == "scenewright-scene" and index["version"] == 4
    assert index["unit"] == "meter" and index["up"] == [0, 0, 1]
    assert [row["label"] for row in index["instances"]] == ["chair", "café table/round", ""]
    arrays = np.load(folder / "points.npz", allow_pickle=False)
    assert arrays["points"].shape == (10, 3) and arrays["instance_id"].dtype == np.int32


def test_meshes_without_vertices_or_faces(tmp_path: Path) -> None:
    nothing = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    loose = Mesh(np.ones((2, 3), np.float32), np.zeros((0, 3), np.int32))
    scene = replace(make_scene(), assets={7: Asset(nothing), 3: Asset(loose)})
    assert_same_scene(read_scene_folder(saved(tmp_path, scene)), scene)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    vertices=npst.arrays(np.float32, (4, 3), elements=st.floats(-1e6, 1e6, width=32)),
    colors=npst.arrays(np.uint8, (4, 3)),
    points=npst.arrays(
        np.float32,
        st.tuples(st.integers(0, 5), st.just(3)),
        elements=st.floats(allow_nan=False, allow_infinity=False, width=32),
    ),
    label=st.text(max_size=80),
    score=st.floats(0, 1, width=32),
    config=st.dictionaries(
        st.text(max_size=5),
        st.none() | st.booleans() | st.integers() | st.text(max_size=5)
        | st.floats(allow_nan=False, allow_infinity=False),
        max_size=3,
    ),
)  # fmt: skip
def test_round_trip_of_any_values(
    tmp_path_factory: pytest.TempPathFactory,
    vertices: np.ndarray,
    colors: np.ndarray,
    points: np.ndarray,
    label: str,
    score: float,
    config: dict[str, Any],
) -> None:
    base = make_scene()
    table = replace(
        base.instances, label=(label, "b", "c"), score=np.array([score, 0, 1], np.float32)
    )
    mesh = Mesh(vertices, np.array([[0, 1, 2], [2, 1, 3]], np.int32), colors)
    scene = Scene(table, PointCloud(points), {7: Asset(mesh)}, base.up, (Step("a", "1", config),))
    folder = tmp_path_factory.mktemp("any") / "scene"
    write_scene_folder(folder, scene)
    assert_same_scene(read_scene_folder(folder), scene)


def test_every_color_survives(tmp_path: Path) -> None:
    shades = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    mesh = Mesh(np.zeros((256, 3), np.float32), np.array([[0, 1, 2]], np.int32), shades)
    scene = replace(make_scene(), assets={7: Asset(mesh)})
    assert_same_scene(read_scene_folder(saved(tmp_path, scene)), scene)


def test_overwrite(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    with pytest.raises(OutputError, match="--overwrite"):
        write_scene_folder(folder, make_scene())
    smaller = make_scene(assets=False)
    write_scene_folder(folder, smaller, overwrite=True)
    assert not (folder / "assets").exists()
    assert_same_scene(read_scene_folder(folder), smaller)


def test_writing_leaves_the_scene_alone_and_nothing_behind_on_failure(tmp_path: Path) -> None:
    scene = make_scene().with_step(Step("odd", "1", {"callback": object()}))
    with pytest.raises(FormatError) as caught:
        write_scene_folder(tmp_path / "scene", scene)
    assert str(caught.value) == (
        "value.provenance[1].config.callback: expected a JSON value, got object"
    )
    assert list(tmp_path.iterdir()) == []


def test_newer_version(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    edit(folder, lambda index: index.update(version=5))
    with pytest.raises(FormatError) as caught:
        read_scene_folder(folder)
    assert str(caught.value) == (
        f"{folder / 'scene.json'} has another format version: expected version 4, got version 5. "
        "Update Scenewright: in its checkout, run git pull, then pip install ."
    )


@pytest.mark.parametrize("version", [0, -1, "1", None, True, 1.0])
def test_version_that_never_was(tmp_path: Path, version: object) -> None:
    folder = saved(tmp_path)
    edit(folder, lambda index: index.update(version=version))
    with pytest.raises(FormatError, match="another format version: expected version 4, got"):
        read_scene_folder(folder)


def test_other_format(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    edit(folder, lambda index: index.update(format="scenewright-boxes"))
    with pytest.raises(FormatError) as caught:
        read_scene_folder(folder)
    assert str(caught.value) == (
        f'{folder / "scene.json"}: expected a JSON object with "format": "scenewright-scene", '
        'got "format": "scenewright-boxes"'
    )


MEMBERS = ["scene.json", "points.npz", "features.npz", "assets/007_chair.glb"]


@pytest.mark.parametrize("member", MEMBERS)
def test_missing_member_is_named(tmp_path: Path, member: str) -> None:
    folder = saved(tmp_path)
    (folder / member).unlink()
    with pytest.raises(FormatError) as caught:
        read_scene_folder(folder)
    assert str(folder / member) in str(caught.value)
    assert "got no such path" in str(caught.value)


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("damage", ["empty", "half", "noise"])
def test_damaged_member_is_named(tmp_path: Path, member: str, damage: str) -> None:
    folder = saved(tmp_path)
    path = folder / member
    data = path.read_bytes()
    path.write_bytes({"empty": b"", "half": data[: len(data) // 2], "noise": b"\xff" * 99}[damage])
    with pytest.raises(FormatError) as caught:
        read_scene_folder(folder)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "name", ["../secret.npz", "/etc/passwd", "a/../../b.npz", "C:\\x.npz", "", 5, ["points.npz"]]
)
def test_members_may_not_lie_elsewhere(tmp_path: Path, name: object) -> None:
    folder = saved(tmp_path)
    np.savez(tmp_path / "secret.npz", points=np.zeros((10, 3), np.float32))
    edit(folder, lambda index: index.update(points=name))
    with pytest.raises(FormatError, match="expected a relative path below"):
        read_scene_folder(folder)


def test_links_may_not_lead_elsewhere(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    (tmp_path / "secret.npz").write_bytes((folder / "points.npz").read_bytes())
    (folder / "points.npz").unlink()
    (folder / "points.npz").symlink_to(tmp_path / "secret.npz")
    with pytest.raises(FormatError, match="expected a relative path below"):
        read_scene_folder(folder)


def test_pickles_are_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    np.savez(folder / "points.npz", points=np.array([{"a": 1}], dtype=object))
    with pytest.raises(FormatError, match=r"points\.npz.*allow_pickle"):
        read_scene_folder(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda i: i.pop("instances"), "KeyError: 'instances'"),
        (lambda i: i["instances"][0].update(score=1.5), r"expected values in \[0, 1\], got"),
        (lambda i: i["instances"][0].update(id=12), "expected each id once"),
        (lambda i: i["instances"][0].update(label=3), "a role that is no text"),
        (lambda i: i.update(num_points=11), "expected 11 points, got 10 points"),
        (lambda i: i["assets"][0].update(id=99), "unknown ids"),
        (lambda i: i.update(up=[0, 0, 2]), "expected a unit vector, got length 2"),
        (lambda i: i.update(instances={"a": 1}), "cannot be read"),
    ],
)
def test_nonsense_in_the_index(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    folder = saved(tmp_path)
    edit(folder, change)
    with pytest.raises(FormatError, match=words):
        read_scene_folder(folder)


def test_asset_files_open_upright(tmp_path: Path) -> None:
    import trimesh

    folder = saved(tmp_path, replace(make_scene(), assets={7: Asset(make_cube())}))
    scene = trimesh.load_scene(folder / "assets" / "007_chair.glb")
    matrix, _ = scene.graph.get("007_chair")
    assert np.allclose(matrix[:3, :3] @ [0, 0, 1], [0, 1, 0])


def test_an_index_of_another_program_is_no_permission(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "scene.json").write_text("{}")
    with pytest.raises(OutputError, match=r"whose scene\.json is damaged or from another program"):
        write_scene_folder(folder, make_scene(), overwrite=True)
    assert [path.name for path in folder.iterdir()] == ["scene.json"]
