"""The ground truth beside a capture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.io import read_glb_mesh, read_ply_points
from scenewright.worlds import SyntheticCapture
from tests.worlds.film_builders import BOX, TABLE


def test_instance_records(film: SyntheticCapture, written: Path) -> None:
    value = json.loads((written / "instances.json").read_text())
    rows = {row["id"]: row for row in value["instances"]}
    assert value["num_frames"] == len(film)
    assert {i for i, row in rows.items() if row["is_stuff"]} == film.stuff_ids
    box = rows[BOX]
    assert (box["category"], box["supported_by"]) == ("box", TABLE)
    np.testing.assert_allclose(box["box"]["size"], (0.3, 0.2, 0.2), atol=1e-5)
    np.testing.assert_allclose(box["box"]["center"], (0.3, 0.1, 0.8), atol=1e-5)
    # The rotated box is longer along the world axes than along the object axes.
    width = box["aabb_max"][0] - box["aabb_min"][0]
    assert width == pytest.approx(0.3 * np.cos(0.9) + 0.2 * np.sin(0.9), abs=1e-4)
    pixels = sum(int((film.id_map(i) == BOX).sum()) for i in range(len(film)))
    assert box["visible_pixels"] == pixels > 0
    frames = sum(int((film.id_map(i) == TABLE).sum()) >= 100 for i in range(len(film)))
    assert rows[TABLE]["frames_with_100px"] == frames
    relations = json.loads((written / "relations.json").read_text())["relations"]
    assert relations == [{"subject": BOX, "predicate": "on", "object": TABLE, "distance": 0.0}]


def test_meshes_fit_their_records(written: Path) -> None:
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


def test_amodal_masks_contain_the_visible_ones(film: SyntheticCapture, written: Path) -> None:
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
