"""Points triangulated from known poses."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, MissingExtraError
from scenewright.data import open_capture
from scenewright.data.triangulation import SfmConfig, choose_matches, triangulate_points


def ring(number: int) -> np.ndarray:
    """Cameras on a circle of radius 1 that look at its middle."""
    poses = np.tile(np.eye(4), (number, 1, 1))
    for pose, angle in zip(poses, 2 * np.pi * np.arange(number) / number, strict=True):
        axis = np.array([-np.cos(angle), 0.0, -np.sin(angle)])
        pose[:3, :3] = np.stack([np.cross([0.0, 1.0, 0.0], axis), (0, 1, 0), axis], axis=1)
        pose[:3, 3] = -axis
    return poses


def test_only_views_that_look_alike_are_matched() -> None:
    pairs = choose_matches(ring(36), num_neighbors=6)
    assert pairs == sorted(set(pairs)) and all(i < j for i, j in pairs)
    apart = np.array([min(j - i, 36 - j + i) for i, j in pairs])
    assert apart.max() <= 6 and apart.min() == 1
    assert len(pairs) <= 36 * 6
    assert {i for pair in pairs for i in pair} == set(range(36))
    scaled = ring(36)
    scaled[:, :3, 3] *= 128.0
    assert choose_matches(scaled, num_neighbors=6) == pairs


def test_a_single_view_has_no_match() -> None:
    assert choose_matches(ring(1), num_neighbors=6) == []


def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(MissingExtraError) as caught:
        triangulate_points([], seed=0)
    assert str(caught.value) == (
        "The package 'pycolmap' is not installed. Install it with: pip install \"scenewright[sfm]\""
    )


def test_one_view_is_too_few(shared_dir: Path) -> None:
    pytest.importorskip("pycolmap")
    with pytest.raises(CaptureError) as caught:
        triangulate_points(open_capture(shared_dir / "data" / "fox", stop=1), seed=0)
    assert str(caught.value) == (
        "Points cannot be triangulated: expected two or more frames with an image and a pose, "
        "got 1. Check the capture with 'scenewright check'."
    )


@pytest.mark.slow
@pytest.mark.shared
def test_points_of_the_fox(shared_dir: Path) -> None:
    pytest.importorskip("pycolmap")
    folder = shared_dir / "data" / "fox"
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    config = SfmConfig(max_side=480, max_features=1000, num_neighbors=4)
    capture = open_capture(folder, stop=12)
    cloud = triangulate_points(capture, seed=0, config=config)
    assert len(cloud) > 200 and cloud.colors is not None
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before
    # Nearly all lie before the camera and where the image has their color.
    frame = capture[5]
    assert frame.world_from_cam is not None and frame.image is not None
    cam_from_world = np.linalg.inv(frame.world_from_cam)
    seen = cloud.points @ cam_from_world[:3, :3].T + cam_from_world[:3, 3]
    assert (seen[:, 2] > 0).mean() > 0.98
    pixels = np.floor(seen[:, :2] / seen[:, 2:] @ frame.camera.K[:2, :2].T + frame.camera.K[:2, 2])
    inside = ((pixels >= 0) & (pixels < (frame.camera.width, frame.camera.height))).all(axis=1)
    assert inside.mean() > 0.3
    columns, rows = pixels[inside].astype(int).T
    difference = np.abs(frame.image[rows, columns].astype(int) - cloud.colors[inside])
    assert np.median(difference) < 25
