"""Assets, features and relations in the scene folder: exact round trips, damaged files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from scenewright.core import (
    Asset,
    FeatureColumn,
    FormatError,
    InstanceTable,
    RelationTable,
    Scene,
)
from scenewright.io import describe, load_scene, read_scene_folder, save, write_scene_folder
from tests.builders import (
    assert_same_scene,
    make_full_scene,
    make_instance,
    make_scene,
    make_textured_quad,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_scene_folder(tmp_path / "room", make_full_scene())
    return tmp_path / "room"


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "scene.json"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def test_everything_comes_back(folder: Path) -> None:
    assert_same_scene(read_scene_folder(folder), make_full_scene())
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "scene.json", "points.npz", "features.npz", "assets/007_chair.glb",
        "assets/012_café_table_round.glb", "assets/012_café_table_round.npz",
        "assets/003_object.npz", "assets/rest.glb",
    }  # fmt: skip


def test_readable_without_us(folder: Path) -> None:
    index = json.loads((folder / "scene.json").read_text())
    rows = {row["id"]: row for row in index["instances"]}
    assert rows[3]["num_points"] is None and rows[3]["source"] == "generated"
    assert rows[12]["num_points"] == 3 and rows[12]["num_frames"] is None
    assert rows[7]["label_scores"] == {"chair": 0.5, "stool": 0.25}
    assert index["features"] == {
        "file": "features.npz",
        "columns": [{"name": "masks", "model": None}, {"name": "clip", "model": "embed/clip"}],
    }
    arrays = np.load(folder / "features.npz", allow_pickle=False)
    assert arrays["id"].tolist() == [7, 12, 3]
    assert arrays["vectors_clip"].tolist() == [[0, 0], [0, 0], [0, 1]]
    assert [one["is_whole"] for one in index["assets"]] == [False, True, None]
    assert index["relations"][1] == {
        "subject": 3, "predicate": "beside", "object": 7, "score": 1.0, "distance": None,
    }  # fmt: skip
    found = describe(folder).details
    assert found["features"] == "masks (model unknown), clip (embed/clip)"
    assert found["relations"] == "2" and found["meshes"] == "3"


@settings(max_examples=15, deadline=None)
@given(
    texture=npst.arrays(
        np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from([3, 4]))
    ),
    uv=npst.arrays(np.float32, (4, 2), elements=st.floats(-9, 9, width=32)),
    observed=st.none() | npst.arrays(np.bool_, 4),
    uncertainty=st.none() | npst.arrays(np.float32, 4, elements=st.floats(0, 1, width=32)),
    is_whole=st.none() | st.booleans(),
)
def test_any_texture_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    texture: np.ndarray,
    uv: np.ndarray,
    observed: np.ndarray | None,
    uncertainty: np.ndarray | None,
    is_whole: bool | None,
) -> None:
    mesh = replace(make_textured_quad(), uv=uv, texture=texture)
    asset = Asset(mesh, np.eye(4), None, is_whole, observed, uncertainty)
    scene = Scene(InstanceTable.from_rows([make_instance(4, "mug")]), assets={4: asset})
    folder = tmp_path_factory.mktemp("any") / "room"
    write_scene_folder(folder, scene)
    assert_same_scene(read_scene_folder(folder), scene)
    save(scene, folder.parent / "room.glb")
    back = load_scene(folder.parent / "room.glb")
    assert_same_scene(replace(back, instances=scene.instances, up=None), scene)


def test_no_relations_and_none_known_are_two_things(tmp_path: Path) -> None:
    for name, relations in (("none", RelationTable.empty()), ("unknown", None)):
        scene = replace(make_scene(), relations=relations)
        write_scene_folder(tmp_path / name, scene)
        back = read_scene_folder(tmp_path / name).relations
        assert (back is None) if relations is None else (back is not None and len(back) == 0)


MEMBERS = ["features.npz", "assets/007_chair.glb", "assets/003_object.npz"]


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("damage", ["missing", "empty", "half", "noise"])
def test_damaged_members_are_named(folder: Path, member: str, damage: str) -> None:
    path = folder / member
    data = path.read_bytes()
    path.unlink()
    if damage != "missing":
        contents = {"empty": b"", "half": data[: len(data) // 2], "noise": b"\xff" * 99}
        path.write_bytes(contents[damage])
    with pytest.raises(FormatError) as caught:
        read_scene_folder(folder)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda i: i["instances"][0].update(source="dreamed"), "expected one of observed"),
        (lambda i: i["instances"][0].update(source=3), "a source or a role that is no text"),
        (lambda i: i["instances"][0].update(num_points=1.5), "count that is no integer"),
        (lambda i: i["instances"][0].update(num_points=-1), "expected 0 or more, got -1"),
        (lambda i: i["instances"][0].update(label_scores={"sofa": 1}), "best word, 'sofa'"),
        (lambda i: i["instances"][0].update(label_scores=[1]), "cannot be read"),
        (lambda i: i["instances"][0].pop("label_scores"), "KeyError: 'label_scores'"),
        (lambda i: i["relations"][0].update(object=99), r"unknown ids \[99\]"),
        (lambda i: i["relations"][0].update(subject="7"), "ids that are not integers"),
        (lambda i: i["relations"][0].update(predicate=5), "predicate that is not text"),
        (lambda i: i["relations"][0].update(score=2), r"expected values in \[0, 1\]"),
        (lambda i: i.pop("relations"), "KeyError: 'relations'"),
        (lambda i: i["assets"][0].update(mesh="../../secret.glb"), "expected a relative path"),
        (lambda i: i["assets"][2].update(surfels="/etc/passwd"), "expected a relative path"),
        (lambda i: i["assets"][0].update(mesh=None), "a mesh, surfels or both, got neither"),
        (lambda i: i["assets"][0].update(is_whole="yes"), "neither true, false nor null"),
        (lambda i: i["features"].update(file="points.npz"), "got none called id, vectors_"),
        (lambda i: i["features"]["columns"][0].update(name="other"), "none called vectors_other"),
        (lambda i: i["features"]["columns"][0].update(model=5), "expected a name or None, got 5"),
    ],
)
def test_nonsense_in_the_index(
    folder: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    edit(folder, change)
    with pytest.raises(FormatError, match=words):
        read_scene_folder(folder)


def test_features_of_other_instances(folder: Path) -> None:
    scene = make_full_scene()
    arrays = dict(np.load(folder / "features.npz", allow_pickle=False))
    np.savez(folder / "features.npz", **{**arrays, "id": scene.instances.id[::-1]})
    with pytest.raises(FormatError) as caught:
        read_scene_folder(folder)
    assert str(caught.value) == (
        f"{folder / 'features.npz'}: expected the ids of {folder / 'scene.json'}, got other ids"
    )


def test_a_zip_bomb_is_refused_before_memory_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scenewright.io import npz

    monkeypatch.setattr(npz, "LARGEST_BYTES", 1000)
    np.savez_compressed(folder / "features.npz", id=np.zeros(10_000, np.int32))
    with pytest.raises(FormatError, match=r"expected at most 0 GiB unpacked"):
        read_scene_folder(folder)


def test_unusual_names_of_features(tmp_path: Path) -> None:
    table = replace(
        make_scene().instances,
        features={
            "id": FeatureColumn(np.eye(3, dtype=np.float32)),
            "größe-2.b": FeatureColumn(np.eye(3, dtype=np.float32), "m"),
        },
    )
    write_scene_folder(tmp_path / "room", Scene(table))
    assert_same_scene(read_scene_folder(tmp_path / "room"), Scene(table))
