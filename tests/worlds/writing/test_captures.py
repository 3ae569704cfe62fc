"""Capture folders of films: ground truth, reproducibility, overwriting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import OutputError
from scenewright.data import open_capture
from scenewright.io import read_ply_points
from scenewright.worlds import DepthSensor, PoseNoise, SyntheticCapture
from scenewright.worlds.writing import (
    TruthParts,
    write_capture,
)
from tests.worlds.film_builders import small_film

BARE = TruthParts(meshes=False, amodal=False)


def test_normals_are_those_of_the_view(film: SyntheticCapture, written: Path) -> None:
    with Image.open(written / "normals" / "000002.png") as picture:
        stored = (np.asarray(picture).astype(float) - 128) / 127
    rotation = film.true_world_from_cam[2, :3, :3]
    np.testing.assert_allclose(stored @ rotation.T, film.normals(2), atol=0.02)


def test_true_poses_are_kept_beside_noisy_ones(tmp_path: Path) -> None:
    clean = small_film()
    film = SyntheticCapture(
        clean.world,
        clean.camera,
        world_from_cam=clean.world_from_cam,
        sensor=DepthSensor(),
        pose_noise=PoseNoise(),
        seed=5,
    )
    capture = open_capture(write_capture(film, tmp_path / "film", truth=BARE))
    true = json.loads((tmp_path / "film" / "cameras.json").read_text())["world_from_cam"]
    apart = []
    for i, frame in enumerate(capture):
        np.testing.assert_allclose(true[frame.name], clean.world_from_cam[i], atol=1e-12)
        assert frame.world_from_cam is not None
        np.testing.assert_allclose(frame.world_from_cam, film.world_from_cam[i], atol=1e-6)
        apart.append(np.abs(frame.world_from_cam - clean.world_from_cam[i]).max())
    assert max(apart) > 1e-3
    # Truth is measured from where the camera truly was.
    ours, theirs = (read_ply_points(tmp_path / "film" / "gt_points.ply"), clean.truth_points())
    assert np.array_equal(ours.points, theirs.points)


def every_file(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def test_same_bytes_again(written: Path, tmp_path: Path) -> None:
    again = write_capture(small_film(), tmp_path / "again", truth=TruthParts(normals=True))
    assert dict(every_file(again)) == dict(every_file(written))


def test_only_captures_are_replaced(film: SyntheticCapture, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"got a folder without capture\.json"):
        write_capture(film, tmp_path / "notes", overwrite=True, truth=BARE)
    write_capture(film, tmp_path / "film", layout="tum", truth=BARE)
    with pytest.raises(OutputError, match="does not exist yet"):
        write_capture(film, tmp_path / "film", truth=BARE)
    write_capture(film, tmp_path / "film", overwrite=True, truth=BARE)
    assert open_capture(tmp_path / "film").layout == "plain"
    assert not (tmp_path / "film" / "rgb.txt").exists()


def test_progress_counts_the_frames(film: SyntheticCapture, tmp_path: Path) -> None:
    calls: list[tuple[str, int, int, str]] = []
    write_capture(film, tmp_path / "film", truth=BARE, progress=lambda *step: calls.append(step))
    assert calls == [("film", i + 1, 6, "frames") for i in range(6)]
