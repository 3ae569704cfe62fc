"""Saving and loading by suffix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import ConventionError, FormatError, OutputError, Scene
from scenewright.editing import remove
from scenewright.io import (
    PointMasks,
    describe,
    load_scene,
    read_glb_mesh,
    read_onlineanyseg,
    read_ply_mesh,
    read_scannet,
    save,
)
from tests.builders import assert_same_scene, make_cube, make_scene
from tests.io.surfel_builders import make_surfel_scene, make_surfels


def test_scene_folder(tmp_path: Path) -> None:
    scene = make_scene()
    assert save(scene, tmp_path / "room") == tmp_path / "room"
    assert_same_scene(load_scene(tmp_path / "room"), scene)
    assert_same_scene(load_scene(tmp_path / "room" / "scene.json"), scene)


def test_run_folder_is_looked_into(tmp_path: Path) -> None:
    save(make_scene(), tmp_path / "run" / "scene")
    assert_same_scene(load_scene(tmp_path / "run"), make_scene())
    assert describe(tmp_path / "run").kind == "scene folder"
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError) as caught:
        load_scene(tmp_path / "empty")
    assert str(caught.value) == (
        f"{tmp_path / 'empty'}: expected a scene folder (with scene.json), got another folder"
    )


def test_a_folder_of_3d_gaussian_splatting_is_named(tmp_path: Path) -> None:
    for number in (7000, 30000):
        (tmp_path / f"point_cloud/iteration_{number}").mkdir(parents=True)
        (tmp_path / f"point_cloud/iteration_{number}/point_cloud.ply").write_bytes(b"")
    with pytest.raises(FormatError, match=r"Give its splats: .*iteration_30000/point_cloud\.ply"):
        load_scene(tmp_path)


def test_glb_and_boxes(tmp_path: Path) -> None:
    scene = make_scene()
    for name in ("room.glb", "room.GLB", "boxes.json"):
        back = load_scene(save(scene, tmp_path / name))
        assert back.instances.label == scene.instances.label
        assert scene.up is not None
        np.testing.assert_array_equal(back.up, scene.up)


@pytest.mark.parametrize(
    "name", ["room", "room.glb", "room.ply", "room.splat.ply", "room.splat.glb", "room.json"]
)
def test_an_arbitrary_unit_is_kept_and_described(name: str, tmp_path: Path) -> None:
    scene = replace(make_surfel_scene() if "splat" in name else make_scene(), is_metric=False)
    path = save(scene, tmp_path / name)
    assert load_scene(path).is_metric is False and describe(path).unit == "arbitrary"
    metric = save(replace(scene, is_metric=True), tmp_path / f"metric-{name}")
    assert load_scene(metric).is_metric is True
    assert describe(metric).unit == (
        "not stated in a PLY; read as meter" if name.endswith(".ply") else "meter"
    )


def test_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    path = save(make_scene(), tmp_path / "room.json")
    path.write_text(path.read_text().replace('"meter"', '"foot"'))
    with pytest.raises(FormatError) as caught:
        load_scene(path)
    assert str(caught.value) == (
        f"{path}: expected a box file, got one that cannot be read (ValueError: unit 'foot', which "
        "is neither 'meter' nor 'arbitrary')"
    )


def test_ply_keeps_points_ids_and_up(tmp_path: Path) -> None:
    scene = make_scene()
    back = load_scene(save(scene, tmp_path / "room.ply"))
    assert back.points is not None and scene.points is not None
    assert np.array_equal(back.points.points, scene.points.points)
    assert scene.points.instance_id is not None and scene.up is not None
    np.testing.assert_array_equal(back.points.instance_id, scene.points.instance_id)
    np.testing.assert_array_equal(back.up, scene.up)
    assert back.instances.id.tolist() == [3, 7, 12]
    for row in back.instances:
        members = scene.points.points[scene.points.instance_id == row.id]
        assert row.num_points == len(members) == 3
        assert row.box.contains(members, margin=1e-6).all()


def test_parts(tmp_path: Path) -> None:
    scene, cube = make_scene(), make_cube()
    assert scene.points is not None
    save(scene.points, tmp_path / "a.ply")
    save(scene.instances, tmp_path / "a.json")
    assert len(read_ply_mesh(save(cube, tmp_path / "b.ply")).faces) == 12
    assert len(read_glb_mesh(save(cube, tmp_path / "b.glb")).faces) == 12
    masks = read_onlineanyseg(save(scene, tmp_path / "a.npz"))
    save(masks, tmp_path / "b.npz")
    save(masks, tmp_path / "b.txt")
    assert np.array_equal(masks.masks, PointMasks.from_scene(scene).masks)


def test_scannet_predictions(tmp_path: Path) -> None:
    scene = make_scene()
    index = save(scene, tmp_path / "out" / "scene0000_00.txt")
    assert index == tmp_path / "out" / "scene0000_00.txt"
    assert sorted(path.name for path in (tmp_path / "out" / "predicted_masks").iterdir()) == [
        f"scene0000_00_{i:03d}.txt" for i in range(3)
    ]
    back, masks = read_scannet(index), PointMasks.from_scene(scene)
    assert np.array_equal(back.masks, masks.masks)
    assert np.array_equal(back.score, masks.score)
    assert back.class_id.tolist() == [0, 0, 0]
    found = describe(index)
    assert found.kind == "instance masks over points (ScanNet)"
    assert (found.num_instances, found.num_points) == (3, 10)
    with pytest.raises(OutputError, match="Choose another name, or add --overwrite"):
        save(scene, index)
    with pytest.raises(OutputError, match="Choose another name, or add --overwrite"):
        save(scene, index.with_suffix(".TXT"))
    save(remove(scene, 7), index, overwrite=True)
    assert len(read_scannet(index)) == 2
    assert len(list((tmp_path / "out" / "predicted_masks").iterdir())) == 2
    with pytest.raises(ConventionError, match="expected points with instance ids"):
        save(make_scene(points=False), tmp_path / "none.txt")


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    scene = make_scene()
    for name in ("room", "room.glb", "room.ply", "room.npz", "room.json"):
        save(scene, tmp_path / name)
        with pytest.raises(OutputError, match="Choose another name, or add --overwrite"):
            save(scene, tmp_path / name)
        save(scene, tmp_path / name, overwrite=True)
    assert len(list(tmp_path.iterdir())) == 5


def test_unknown_suffixes(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        save(make_scene(), tmp_path / "room.usd")
    assert str(caught.value) == (
        f"Cannot save a Scene as {tmp_path / 'room.usd'}: expected one of: no suffix (scene "
        "folder, everything); .glb (objects as named nodes; surfels if there are no meshes); .ply "
        "(points with instance_id; surfels if there are no points); .splat.ply (surfels for splat "
        "viewers); .surfel.ply (surfels for 2D Gaussian splatting); .splat.glb (surfels as "
        "KHR_gaussian_splatting); .npz (instance masks over the points, as OnlineAnySeg writes "
        "them); .txt (the same, as the ScanNet benchmark reads them); .json (boxes); .html (page "
        "to look at in a browser); .obj (meshes with vertex colors, +Y up); .stl (meshes for "
        "printing, +Z up), got the suffix .usd"
    )
    with pytest.raises(FormatError, match=r"expected one of: \.json \(boxes\), got the suffix"):
        save(make_scene().instances, tmp_path / "room.ply")
    with pytest.raises(FormatError, match="expected one of Scene, InstanceTable, PointCloud"):
        save({"a": 1}, tmp_path / "a.json")  # type: ignore[arg-type]
    (tmp_path / "a.obj").write_text("")
    with pytest.raises(FormatError, match=r"Cannot load a scene from .*got the suffix \.obj"):
        load_scene(tmp_path / "a.obj")
    with pytest.raises(FormatError, match=r"Cannot describe .*\.npz \(instance masks\)"):
        describe(tmp_path / "a.obj")
    for function in (load_scene, describe):
        with pytest.raises(FormatError, match="expected a file or a folder, got no such path"):
            function(tmp_path / "absent")


def test_scene_without_points_as_ply(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected a scene with points or surfels, got neither"):
        save(make_scene(points=False), tmp_path / "a.ply")
    assert list(tmp_path.iterdir()) == []


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    scene: Scene = make_scene()
    for name in ("a.glb", "a.ply", "a.json"):
        first = save(scene, tmp_path / name).read_bytes()
        assert save(scene, tmp_path / name, overwrite=True).read_bytes() == first


def test_spz_is_refused_with_the_alternatives(tmp_path: Path) -> None:
    path = tmp_path / "a.spz"
    with pytest.raises(FormatError) as caught:
        save(make_surfels(), path)
    assert str(caught.value) == (
        f"Cannot save a SurfelCloud as {path}: expected one of: .ply (as .splat.ply); .glb (as "
        ".splat.glb); .splat.ply (surfels for splat viewers); .surfel.ply (surfels for 2D Gaussian "
        "splatting); .splat.glb (surfels as KHR_gaussian_splatting), got the suffix .spz. "
        "Packed splats are not read or written here: convert them from or to a PLY with SuperSplat "
        "(superspl.at) or 'npx @playcanvas/splat-transform a.spz a.ply'."
    )
    path.write_bytes(b"")
    for suffix in (".spz", ".sog", ".ksplat"):
        packed = path.with_suffix(suffix)
        packed.write_bytes(b"")
        with pytest.raises(FormatError, match=r"^Cannot load a scene from .*\. Packed splats are"):
            load_scene(packed)


def test_boxes_of_surfels(tmp_path: Path) -> None:
    surfels = make_surfels(50)
    back = load_scene(save(surfels, tmp_path / "a.ply"))
    assert back.instances.id.tolist() == [3, 7] and back.surfels is not None
    for row in back.instances:
        members = surfels.means[surfels.instance_id == row.id]
        assert row.num_points == len(members)
        assert row.box.contains(members, margin=1e-6).all()
    save(back, tmp_path / "again.ply")
    assert (tmp_path / "again.ply").read_bytes()[:200] == (tmp_path / "a.ply").read_bytes()[:200]
