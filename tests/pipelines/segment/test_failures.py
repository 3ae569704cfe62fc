"""What is said if no frame can be used, or no object is found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import (
    CaptureError,
    Frame,
    FrameList,
    InstanceTable,
    MaskSet,
    PointCloud,
    Scene,
)
from scenewright.data import open_capture
from scenewright.fusion import FusionConfig
from scenewright.geometry.depth_range import DepthRange
from scenewright.pipelines.segment.failures import nothing_found, nothing_usable
from scenewright.pipelines.segment.steps import segment
from scenewright.worlds import film_room
from tests.builders import make_camera
from tests.data.capture_builders import make_room, write_plain

VOXEL = 0.025


def empty_scene(num_points: int = 0) -> Scene:
    points = np.zeros((num_points, 3), np.float32)
    cloud = PointCloud(points, np.zeros((num_points, 3), np.uint8))
    return Scene(InstanceTable.empty(), points=cloud)


def far_frames(depth: float, *, number: int = 4) -> list[Frame]:
    camera = make_camera(80, 60)
    readings = np.full(camera.size, depth, np.float32)
    readings[:6] = 2.0
    return [Frame(i, camera, np.eye(4), depth=readings) for i in range(number)]


def far_error(depth: float, **options: float) -> CaptureError:
    """The error of frames whose readings are far, with masks on the far part."""

    class Masks:
        def propose(self, frame: Frame) -> MaskSet:
            return MaskSet.empty(*frame.camera.size)

    with pytest.raises(CaptureError, match="No object was found in the frames") as caught:
        segment(far_frames(depth), masks=Masks(), **options)  # type: ignore[arg-type]
    return caught.value


def test_readings_beyond_a_given_limit() -> None:
    error = far_error(55.0, max_depth=5.0)
    assert error.got is not None and error.got.startswith(
        "17,280 of 19,200 depth readings beyond 5 m, which are not used, as --max-depth says; "
    )
    assert error.do == (
        "Add --max-depth 60 --voxel-size 0.2 (max_depth=60, voxel_size=0.2) to use nearly all of "
        "them."
    )


def test_readings_beyond_a_chosen_limit() -> None:
    error = far_error(55.0)
    assert error.got is not None and error.got.startswith(
        "17,280 of 19,200 depth readings beyond 15 m, which are not used, since the map would be "
        "too large with voxels of 2.5 cm; "
    )
    assert error.do is not None and "--max-depth 60 --voxel-size 0.2 " in error.do


def test_a_sound_capture_is_not_suspected(tmp_path: Path) -> None:
    capture = open_capture(write_plain(tmp_path, make_room()))
    used = DepthRange(6.0, "all", VOXEL)
    error = nothing_found(capture, empty_scene(9), masks=(7, 2), used=used, num_readings=100)
    assert error.got == "7 masks in 2 frames, of which none became an object, and 9 points"
    assert error.do == "Use other masks (--masks)."
    empty = nothing_found(capture, empty_scene(), masks=(7, 2), used=used, num_readings=100)
    assert empty.got == "no depth reading nearer than 6 m that two frames agree on"
    assert empty.do == "Check poses, depth scale and intrinsics of the frames."


def test_the_check_of_a_bad_capture_is_recommended(tmp_path: Path) -> None:
    folder = write_plain(tmp_path, make_room())
    for path in (folder / "pose").iterdir():
        path.write_text("nan")
    error = nothing_usable(open_capture(folder), {"no valid pose": ["000000"] * 8})
    assert error.got == "8 with no valid pose"
    assert error.do == (
        f"Run 'scenewright check {folder}' to see what is wrong with it: pose-unreadable."
    )


def test_a_wrong_unit_comes_before_the_limit(tmp_path: Path) -> None:
    capture = open_capture(write_plain(tmp_path, make_room(12)), depth_scale=1)
    (tmp_path / "capture.json").write_text('{"depth_scale": 1}')
    used = DepthRange(15.0, "size", VOXEL, 1.0, extent=3000.0)
    error = nothing_found(capture, empty_scene(), masks=(7, 2), used=used, num_readings=100)
    assert error.got is not None and error.got.startswith("100 of 100 depth readings beyond 15 m")
    assert error.do == (
        f"Run 'scenewright check {tmp_path}' to see what is wrong with it: depth-scale."
    )


def test_frames_that_are_no_capture() -> None:
    error = nothing_usable(FrameList([]), {})
    assert (error.got, error.do) == (
        "no frames",
        "Check poses, depth scale and intrinsics of the frames.",
    )


def test_fragments_are_pointed_at() -> None:
    film = film_room(3, num_frames=4, width=160, height=120)

    class Masks:
        def propose(self, frame: Frame) -> MaskSet:
            return MaskSet.from_id_map(film.id_map(int(frame.name)))

    with pytest.raises(CaptureError) as caught:
        segment(film, masks=Masks(), preset=FusionConfig(min_frames=9))
    assert caught.value.do is not None and "--keep-fragments" in caught.value.do
