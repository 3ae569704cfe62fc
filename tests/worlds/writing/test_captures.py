"""Films written in every layout, read back, and the truth beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import OutputError, UnknownNameError
from scenewright.data import available_layouts, check_capture, open_capture
from scenewright.io import read_glb_mesh, read_id_map, read_ply_points
from scenewright.worlds import DepthSensor, PoseNoise, SyntheticCapture
from scenewright.worlds.writing import (
    LAYOUT_WRITERS,
    TruthParts,
    draw_world,
    write_capture,
    write_world,
)
from tests.worlds.film_builders import BOX, TABLE, small_film, small_world

BARE = TruthParts(meshes=False, amodal=False)
STEP = {"tum": 1 / 5000, "replica": 1 / 6553.5, "apc": 1 / 10000}


@pytest.fixture(scope="module")
def film() -> SyntheticCapture:
    return small_film()


@pytest.fixture(scope="module")
def written(film: SyntheticCapture, tmp_path_factory: pytest.TempPathFactory) -> Path:
    truth = TruthParts(normals=True)
    return write_capture(film, tmp_path_factory.mktemp("films") / "room", truth=truth)


def test_every_layout_that_is_read_can_be_written() -> None:
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


def test_what_is_read_is_what_was_filmed(
    in_layout: tuple[str, Path], film: SyntheticCapture
) -> None:
    layout, folder = in_layout
    capture = open_capture(folder)
    assert capture.layout == layout
    assert capture.name == "made by hand 11"
    assert capture.up is not None and capture.up.tolist() == [0, 0, 1]
    assert not [line for line in capture.description if "also looks like" in line]
    assert len(capture) == len(film)
    for i, (read, frame) in enumerate(zip(capture, film, strict=True)):
        np.testing.assert_allclose(read.camera.K, frame.camera.K, atol=1e-6)
        np.testing.assert_allclose(read.world_from_cam, frame.world_from_cam, atol=1e-6)
        assert read.image is not None and np.array_equal(read.image, frame.image)
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
def test_jpeg_is_near(layout: str, film: SyntheticCapture, tmp_path: Path) -> None:
    capture = open_capture(
        write_capture(film, tmp_path / "film", layout=layout, truth=BARE, jpeg_quality=95)
    )
    assert list((tmp_path / "film").rglob("*.jpg"))
    read = capture[0].image
    assert read is not None
    assert np.abs(read.astype(int) - film.view(0).image).mean() < 3


@pytest.mark.parametrize("layout", ["replica", "apc", "tum"])
def test_what_is_too_far_for_the_layout_is_no_reading(
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


def test_instances_tell_the_truth(film: SyntheticCapture, written: Path) -> None:
    value = json.loads((written / "instances.json").read_text())
    rows = {row["id"]: row for row in value["instances"]}
    assert value["num_frames"] == len(film)
    assert {i for i, row in rows.items() if row["is_stuff"]} == film.stuff_ids
    box = rows[BOX]
    assert (box["category"], box["supported_by"]) == ("box", TABLE)
    np.testing.assert_allclose(box["box"]["size"], (0.3, 0.2, 0.2), atol=1e-5)
    np.testing.assert_allclose(box["box"]["center"], (0.3, 0.1, 0.8), atol=1e-5)
    # The turned box reaches farther along the world's axes than along its own.
    width = box["aabb_max"][0] - box["aabb_min"][0]
    assert width == pytest.approx(0.3 * np.cos(0.9) + 0.2 * np.sin(0.9), abs=1e-4)
    pixels = sum(int((film.id_map(i) == BOX).sum()) for i in range(len(film)))
    assert box["visible_pixels"] == pixels > 0
    frames = sum(int((film.id_map(i) == TABLE).sum()) >= 100 for i in range(len(film)))
    assert rows[TABLE]["frames_with_100px"] == frames
    relations = json.loads((written / "relations.json").read_text())["relations"]
    assert relations == [{"subject": BOX, "predicate": "on", "object": TABLE, "distance": 0.0}]


def test_meshes_stand_where_the_truth_says(written: Path) -> None:
    points = read_ply_points(written / "gt_points.ply")
    assert points.instance_id is not None
    for row in json.loads((written / "instances.json").read_text())["instances"]:
        mesh = read_glb_mesh(written / row["mesh"])
        pose = np.array(row["world_from_object"])
        corners = mesh.vertices @ pose[:3, :3].T + pose[:3, 3]
        np.testing.assert_allclose(corners.min(axis=0), row["aabb_min"], atol=1e-4)
        np.testing.assert_allclose(corners.max(axis=0), row["aabb_max"], atol=1e-4)
        seen = points.points[points.instance_id == row["id"]]
        assert (seen >= np.array(row["aabb_min"]) - 2e-3).all()
        assert (seen <= np.array(row["aabb_max"]) + 2e-3).all()


def test_amodal_masks_hold_the_visible_ones(film: SyntheticCapture, written: Path) -> None:
    hidden = 0
    for index in range(len(film)):
        rows = json.loads((written / "amodal" / f"{index:06d}.json").read_text())
        for row in rows:
            height, width = row["segmentation"]["size"]
            counts = row["segmentation"]["counts"]
            flat = np.repeat(np.arange(len(counts)) % 2, counts)
            whole = flat.reshape(width, height).T == 1
            visible = film.id_map(index) == row["id"]
            # Both ask for the pixel's middle, but by different arithmetic.
            assert (visible & ~whole).sum() <= 2 + 0.02 * visible.sum()
            hidden += int((whole & ~visible).sum())
    assert hidden > 50, "the box hides part of the table in some frame"


def test_a_folder_of_amodal_masks_is_a_folder_of_masks(
    film: SyntheticCapture, written: Path
) -> None:
    from scenewright.models import create

    masks = create("masks/folder", folder=written / "amodal").propose(film[0])
    assert masks is not None
    assert sorted(masks.areas()) == sorted(film.amodal_masks(0).areas())


def test_normals_are_those_of_the_view(film: SyntheticCapture, written: Path) -> None:
    with Image.open(written / "normals" / "000002.png") as picture:
        stored = (np.asarray(picture).astype(float) - 128) / 127
    rotation = film.true_world_from_cam[2, :3, :3]
    np.testing.assert_allclose(stored @ rotation.T, film.normals(2), atol=0.02)


def test_true_poses_are_kept_where_the_reported_ones_err(tmp_path: Path) -> None:
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
        np.testing.assert_allclose(frame.world_from_cam, film.world_from_cam[i], atol=1e-6)
        assert frame.world_from_cam is not None
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


def test_only_captures_of_ours_are_replaced(film: SyntheticCapture, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"would hold capture\.json"):
        write_capture(film, tmp_path / "notes", overwrite=True, truth=BARE)
    write_capture(film, tmp_path / "film", layout="tum", truth=BARE)
    with pytest.raises(OutputError, match="does not exist yet"):
        write_capture(film, tmp_path / "film", truth=BARE)
    write_capture(film, tmp_path / "film", overwrite=True, truth=BARE)
    assert open_capture(tmp_path / "film").layout == "plain"
    assert not (tmp_path / "film" / "rgb.txt").exists()


def test_unknown_layout(film: SyntheticCapture, tmp_path: Path) -> None:
    with pytest.raises(
        UnknownNameError, match="There is no layout 'kitti': expected one of apc, 7scenes"
    ):
        write_capture(film, tmp_path / "film", layout="kitti")
    assert not (tmp_path / "film").exists()


def test_progress_counts_the_frames(film: SyntheticCapture, tmp_path: Path) -> None:
    told: list[tuple[str, int, int, str]] = []
    write_capture(film, tmp_path / "film", truth=BARE, progress=lambda *step: told.append(step))
    assert told == [("film", i + 1, 6, "frames") for i in range(6)]


def test_a_world_on_the_disk(tmp_path: Path) -> None:
    world = small_world()
    folder = write_world(world, tmp_path / "world", preview_size=(160, 120))
    value = json.loads((folder / "world.json").read_text())
    assert (value["kind"], value["seed"], value["size"]) == ("made by hand", 11, [4.0, 3.4, 2.4])
    assert value["lights"][0]["kind"] == "area"
    assert [row["id"] for row in value["objects"]] == list(range(1, 9))
    assert all((folder / row["mesh"]).is_file() for row in value["objects"])
    with Image.open(folder / "preview.png") as picture:
        assert picture.size == (160, 120)


def test_the_picture_of_a_world_looks_inside() -> None:
    picture = draw_world(small_world(), width=160, height=120).astype(int)
    blue = (picture[..., 2] > 1.5 * picture[..., 0]) & (picture[..., 2] > 60)
    green = (picture[..., 1] > 1.3 * picture[..., 0]) & (picture[..., 1] > 1.3 * picture[..., 2])
    assert blue.sum() > 10, "the box on the table"
    assert green.sum() > 50, "the crate in the corner"
