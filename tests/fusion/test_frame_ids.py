"""Id maps: which instance each pixel of each frame shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import (
    Box3D,
    Camera,
    ConventionError,
    Frame,
    Instance,
    InstanceTable,
    PointCloud,
    Scene,
)
from scenewright.data import open_capture
from scenewright.io import load_scene, read_id_map
from scenewright.pipelines import RunReport, SurfaceIds, frame_id_maps, segment_run
from scenewright.pipelines.segment import run as runs


def one_to_one_share(
    found: Mapping[str, NDArray[np.int32]], capture: Path, *, names: list[str]
) -> float:
    """Share of the pixels with depth whose id and whose true id are each other's majority."""
    frames = {frame.name: frame for frame in open_capture(capture)}
    ids, truth = [], []
    for name in names:
        depth = frames[name].depth
        assert depth is not None
        ids.append(found[name][depth > 0])
        truth.append(read_id_map(capture / "instance" / f"{name}.png")[depth > 0])
    all_ids, all_truth = np.concatenate(ids), np.concatenate(truth)
    counts = np.zeros((all_ids.max() + 1, all_truth.max() + 1), np.int64)
    np.add.at(counts, (all_ids, all_truth), 1)
    counts[0] = 0
    best = counts.argmax(axis=1)
    matched = [i for i in range(1, len(counts)) if counts[:, best[i]].argmax() == i]
    return float(sum(counts[i, best[i]] for i in matched) / len(all_ids))


def wall(*, half: float = 0.5, ids: tuple[int, int] = (3, 0)) -> Scene:
    """A plane at z = 2 m; the left half belongs to one instance, the right half to another."""
    x, y = (axis.ravel() for axis in np.meshgrid(*[np.arange(-half, half, 0.02) + 0.01] * 2))
    points = np.stack([x, y, np.full_like(x, 2.0)], axis=1).astype(np.float32)
    owner = np.where(x < 0, *ids).astype(np.int32)
    box = Box3D(np.zeros(3), np.ones(3), np.eye(3))
    rows = [Instance(i, "", 1.0, box, int((owner == i).sum()), 1, None) for i in ids if i]
    return Scene(InstanceTable.from_rows(rows), PointCloud(points, instance_id=owner))


def view(depth: float, *, name: str = "a", index: int = 0) -> Frame:
    """A frame of constant depth that looks along z from the origin; 1 m wide at 2 m."""
    camera = Camera.from_focal(80, 80, 20, 20, width=40, height=40)
    picture = np.full((40, 40), depth, np.float32)
    return Frame(index, camera, np.eye(4), depth=picture, name=name)


def test_pixels_show_the_true_objects(report: RunReport, capture: Path) -> None:
    maps = frame_id_maps(load_scene(report.run), open_capture(capture))
    found = dict(maps)
    assert maps.num_frames == len(found) == 24 and maps.without_pose == []
    assert {m.shape for m in found.values()} == {(120, 160)}
    assert {m.dtype for m in found.values()} == {np.dtype(np.int32)}
    assert one_to_one_share(found, capture, names=list(found)) > 0.98


def test_without_history_the_voxel_size_is_estimated(report: RunReport, capture: Path) -> None:
    scene = replace(load_scene(report.run), provenance=())
    assert SurfaceIds(scene).voxel_size == pytest.approx(0.025, abs=0.005)
    found = dict(frame_id_maps(scene, open_capture(capture, stride=6)))
    assert one_to_one_share(found, capture, names=list(found)) > 0.98


def test_nearest_point_decides_and_nobodys_points_show_nothing() -> None:
    found = SurfaceIds(wall()).id_map(view(2.0))
    assert np.array_equal(np.unique(found[:, :19]), [3])
    assert not found[:, 21:].any()
    both = SurfaceIds(wall(ids=(3, 8))).id_map(view(2.0))
    assert np.array_equal(np.unique(both[:, 21:]), [8])


@pytest.mark.parametrize(("depth", "share"), [(0.0, 0), (1.97, 1), (2.03, 1), (1.8, 0), (2.2, 0)])
def test_only_what_is_near_counts(depth: float, share: int) -> None:
    scene = wall(ids=(3, 8))
    assert (SurfaceIds(scene, voxel_size=0.02).id_map(view(depth)) > 0).mean() == share


def test_frames_without_pose_are_left_out_and_counted() -> None:
    frames = [
        view(2.0, name="a"),
        replace(view(2.0, name="b", index=1), world_from_cam=None),
        replace(view(2.0, name="", index=2), depth=None),
    ]
    maps = frame_id_maps(wall(), frames)
    found = dict(maps)
    assert list(found) == ["a", "000002"]
    assert (maps.num_frames, maps.without_pose) == (2, ["b"])
    assert not found["000002"].any()
    with pytest.raises(ConventionError, match="frame b: expected a pose"):
        SurfaceIds(wall()).id_map(frames[1])


def test_scenes_that_know_no_membership_are_refused() -> None:
    for scene in (Scene(InstanceTable.empty()), replace(wall(), points=None)):
        with pytest.raises(ConventionError, match="expected points with instance ids"):
            frame_id_maps(scene, [view(2.0)])
    with pytest.raises(ConventionError, match="Voxel size"):
        SurfaceIds(wall(), voxel_size=-1)
    far = PointCloud(np.full((1, 3), 1e9, np.float32), instance_id=np.zeros(1, np.int32))
    with pytest.raises(ConventionError, match="of the origin"):
        SurfaceIds(replace(wall(), points=far))


def test_scenes_of_few_points() -> None:
    for num_points in (0, 1):
        cloud = PointCloud(
            np.full((num_points, 3), 2.0, np.float32), instance_id=np.full(num_points, 3, np.int32)
        )
        assert not SurfaceIds(replace(wall(), points=cloud)).id_map(view(2.0)).any()


def test_a_run_writes_them_on_request(capture: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int, str]] = []
    report = segment_run(
        capture, tmp_path / "run", masks=capture / "instance", stride=4, id_maps=True,
        progress=lambda *step: steps.append(step),
    )  # fmt: skip
    written = sorted(path.name for path in (tmp_path / "run" / "id_maps").iterdir())
    assert written == [f"{i:06d}.png" for i in range(0, 24, 4)]
    found = {name[:-4]: read_id_map(tmp_path / "run" / "id_maps" / name) for name in written}
    again = dict(frame_id_maps(load_scene(report.run), open_capture(capture, stride=4)))
    assert all(np.array_equal(found[name], again[name]) for name in found)
    assert set(np.unique(list(found.values()))) <= {0, *report.instances.id.tolist()}
    assert steps[-7:] == [("id maps", i, 6, "frames") for i in range(7)]
    value = json.loads((tmp_path / "run" / "report.json").read_text())
    assert (value["id_maps"]["num_frames"], value["id_maps"]["num_without_pose"]) == (6, 0)
    assert json.loads((tmp_path / "run" / "config.json").read_text())["id_maps"] is True


def test_ids_that_fit_no_picture_cost_the_id_maps_and_not_the_run(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LARGEST_ID", 3)
    masks = capture / "instance"
    report = segment_run(capture, tmp_path / "run", masks=masks, stride=6, id_maps=True)
    assert any("Id maps are not written: expected ids up to 3" in w for w in report.warnings)
    assert not (tmp_path / "run" / "id_maps").exists()
    assert report.id_maps is None
