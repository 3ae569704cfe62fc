"""Films written in every layout and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import UnknownNameError
from scenewright.data import available_layouts, check_capture, open_capture
from scenewright.io import read_id_map
from scenewright.worlds import SyntheticCapture
from scenewright.worlds.writing import (
    LAYOUT_WRITERS,
    TruthParts,
    write_capture,
)

BARE = TruthParts(meshes=False, amodal=False)


STEP = {"tum": 1 / 5000, "replica": 1 / 6553.5, "apc": 1 / 10000}


def test_every_readable_layout_can_be_written() -> None:
    assert set(LAYOUT_WRITERS) == set(available_layouts())


@pytest.fixture(scope="module", params=LAYOUT_WRITERS)
def in_layout(
    request: pytest.FixtureRequest,
    film: SyntheticCapture,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Path]:
    """A layout, and the film in it."""
    folder = tmp_path_factory.mktemp("layouts") / "film"
    return request.param, write_capture(film, folder, layout=request.param, truth=BARE)


def test_reading_gives_the_film(in_layout: tuple[str, Path], film: SyntheticCapture) -> None:
    layout, folder = in_layout
    capture = open_capture(folder)
    assert capture.layout == layout
    assert capture.name == "made by hand 11"
    assert capture.up is not None and capture.up.tolist() == [0, 0, 1]
    assert not [line for line in capture.description if "also matches" in line]
    assert len(capture) == len(film)
    for i, (read, frame) in enumerate(zip(capture, film, strict=True)):
        np.testing.assert_allclose(read.camera.K, frame.camera.K, atol=1e-6)
        assert read.world_from_cam is not None and frame.world_from_cam is not None
        np.testing.assert_allclose(read.world_from_cam, frame.world_from_cam, atol=1e-6)
        assert read.image is not None and frame.image is not None
        assert np.array_equal(read.image, frame.image)
        assert read.depth is not None and frame.depth is not None
        step = STEP.get(layout, 0.001)
        np.testing.assert_allclose(read.depth, frame.depth, atol=0.5001 * step + 1e-6)
        assert ((read.depth > 0) == (frame.depth > 0)).all()
        assert read.time == pytest.approx(frame.time)
        stored = read_id_map(folder / "instance" / f"{capture.names[i]}.png")
        assert np.array_equal(stored, film.id_map(i))


def test_a_written_capture_has_no_problems(in_layout: tuple[str, Path]) -> None:
    report = check_capture(in_layout[1])
    assert report.problems == ()
    assert report.layout == in_layout[0]


@pytest.mark.parametrize("layout", ["plain", "7scenes", "nerfstudio", "stray"])
def test_jpeg_is_close(layout: str, film: SyntheticCapture, tmp_path: Path) -> None:
    capture = open_capture(
        write_capture(film, tmp_path / "film", layout=layout, truth=BARE, jpeg_quality=95)
    )
    assert list((tmp_path / "film").rglob("*.jpg"))
    read = capture[0].image
    assert read is not None
    assert np.abs(read.astype(int) - film.view(0).image).mean() < 3


@pytest.mark.parametrize("layout", ["replica", "apc", "tum"])
def test_depth_beyond_the_range_of_the_layout_is_no_reading(
    layout: str, film: SyntheticCapture, tmp_path: Path
) -> None:
    far = 65534 * STEP[layout]
    limit = float(np.nextafter(np.float32(far), np.float32(0)))

    class Far(SyntheticCapture):
        def frame(self, index: int):  # type: ignore[no-untyped-def]
            frame = super().frame(index)
            depth = np.full(self.camera.size, limit, np.float32)
            depth[:10] = far + 0.01
            object.__setattr__(frame, "depth", depth)
            return frame

    extended = Far(film.world, film.camera, world_from_cam=film.world_from_cam[:2])
    depth = open_capture(write_capture(extended, tmp_path / "far", layout=layout, truth=BARE))[
        0
    ].depth
    assert depth is not None
    assert (depth[:10] == 0).all()
    np.testing.assert_allclose(depth[10:], limit, atol=2e-4)


def test_unknown_layout(film: SyntheticCapture, tmp_path: Path) -> None:
    with pytest.raises(
        UnknownNameError, match="There is no layout 'kitti': expected one of apc, 7scenes"
    ):
        write_capture(film, tmp_path / "film", layout="kitti")
    assert not (tmp_path / "film").exists()
