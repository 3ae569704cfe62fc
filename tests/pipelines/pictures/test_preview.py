"""The preview: what is drawn, from where, and the names on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import ImageDraw

from scenewright.core import (
    Asset,
    Box3D,
    ConventionError,
    Instance,
    InstanceTable,
    PointCloud,
    Scene,
    instance_color,
)
from scenewright.pipelines.pictures.preview import PANEL, draw_preview, short_name
from scenewright.pipelines.sources.scenes import choose_instances
from tests.builders import make_cube

UP = np.array([0.0, 0.0, 1.0])


def plate(size: tuple[float, float, float], center: tuple[float, float, float]) -> Asset:
    """A closed box."""
    cube = make_cube(colors=False)
    placement = np.eye(4)
    placement[:3, 3] = center
    mesh = replace(cube, vertices=(cube.vertices * np.array(size)).astype(np.float32))
    return Asset(mesh, placement)


def make_room(*, ceiling_role: str = "ceiling") -> Scene:
    """A floor (1), a box on it (2), and a ceiling (3) above."""
    assets = {
        1: plate((4, 4, 0.1), (0, 0, 0)),
        2: plate((1.5, 1.5, 1), (0, 0, 0.5)),
        3: plate((4, 4, 0.1), (0, 0, 3)),
    }
    roles = {1: "floor", 2: "object", 3: ceiling_role}
    box = Box3D(np.zeros(3), np.ones(3), np.eye(3))
    rows = [Instance(i, "", 0.5, box, role=role) for i, role in roles.items()]
    return Scene(InstanceTable.from_rows(rows), None, assets, UP)


def panel(picture: np.ndarray, column: int, row: int) -> np.ndarray:
    """One of the views of a sheet."""
    width, height = PANEL
    left, top = 14 + column * (width + 14), 58 + row * (height + 14)
    return picture[top : top + height, left : left + width].astype(int)


def share_of(picture: np.ndarray, instance: int) -> float:
    """Share of the pixels with roughly the hue of an object."""
    color = np.array(instance_color(instance), float)
    direction = picture - picture.mean(axis=-1, keepdims=True)
    wanted = color - color.mean()
    length = np.linalg.norm(direction, axis=-1) * np.linalg.norm(wanted)
    close = (direction @ wanted) > 0.95 * np.maximum(length, 1e-9)
    return float((close & (np.linalg.norm(direction, axis=-1) > 30)).mean())


def test_ceilings_are_left_out_and_objects_stand_out() -> None:
    above = panel(np.asarray(draw_preview(make_room(), title="room")), 0, 0)
    assert share_of(above, 2) > 0.05
    covered = panel(np.asarray(draw_preview(make_room(ceiling_role="surface"))), 0, 0)
    assert share_of(covered, 2) == 0
    # The color of the floor is faint beside that of an object.
    alone = choose_instances(make_room(), without=[3])
    roles = np.array(["object", "object"])
    as_objects = replace(alone, instances=replace(alone.instances, role=roles))
    bright = panel(np.asarray(draw_preview(as_objects)), 0, 0)
    corner = (100, PANEL[0] // 2 - 150)
    assert np.ptp(above[corner]) < 0.6 * np.ptp(bright[corner])


def test_the_lower_row_has_the_original_colors() -> None:
    scene = make_room()
    red = np.tile(np.array([200, 20, 20], np.uint8), (8, 1))
    mesh = scene.assets[2].mesh
    assert mesh is not None
    painted = {**scene.assets, 2: replace(scene.assets[2], mesh=replace(mesh, vertex_colors=red))}
    picture = np.asarray(draw_preview(replace(scene, assets=painted)))
    for column in range(3):
        view = panel(picture, column, 1)
        is_red = (view[..., 0] > 120) & (view[..., 1] < 60)
        assert is_red.mean() > 0.03


@pytest.mark.parametrize("with_normals", [False, True])
def test_preview_of_points_with_and_without_normals(with_normals: bool) -> None:
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((3000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    cloud = PointCloud(
        directions.astype(np.float32),
        normals=directions.astype(np.float32) if with_normals else None,
    )
    picture = np.asarray(draw_preview(Scene(InstanceTable.empty(), cloud), title="ball"))
    assert picture.std() > 5


def test_a_scene_without_geometry_cannot_be_drawn() -> None:
    with pytest.raises(ConventionError) as caught:
        draw_preview(Scene(InstanceTable.empty()))
    assert str(caught.value) == (
        "A scene to draw: expected meshes, points or surfels, got none of them"
    )


def test_one_point_can_be_drawn() -> None:
    cloud = PointCloud(np.zeros((1, 3), np.float32))
    with_one = np.asarray(draw_preview(Scene(InstanceTable.empty(), cloud)))
    assert with_one.ndim == 3 and with_one.std() > 1


def test_names_never_overlap_and_large_objects_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str, tuple[float, ...]]] = []
    pen_class = ImageDraw.ImageDraw
    original = pen_class.text

    def note(
        self: ImageDraw.ImageDraw, position: tuple[float, float], text: str, **options: Any
    ) -> None:
        if options.get("anchor") == "mm":
            font = options["font"]
            bounds = self.textbbox(position, text, font=font, anchor="mm", stroke_width=2)
            drawn.append((text, bounds))
        original(self, position, text, **options)

    monkeypatch.setattr(pen_class, "text", note)
    assets = {
        i: plate((0.25, 0.25, 0.25), (0.3 * (i % 12), 0.3 * (i // 12), 0)) for i in range(1, 145)
    }
    assets[900] = plate((8, 8, 0.05), (1.7, 1.7, -0.3))
    box = Box3D(np.zeros(3), np.ones(3), np.eye(3))
    rows = [Instance(i, "a rather long name of it" if i < 900 else "", 0.5, box) for i in assets]
    draw_preview(Scene(InstanceTable.from_rows(rows), None, assets, UP))
    assert drawn[0][0] == "900", "the largest first"
    assert 30 < len(drawn) < 3 * len(assets), "not all fit"
    assert all(text == "900" or text.startswith("a rather long nam") for text, _ in drawn)
    starts = [k for k, (text, _) in enumerate(drawn) if text == "900"]
    for begin, end in zip(starts, [*starts[1:], len(drawn)], strict=True):
        bounds = [b for _, b in drawn[begin:end]]
        for k, a in enumerate(bounds):
            for b in bounds[:k]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_names_are_short_and_printable() -> None:
    box = Box3D(np.zeros(3), np.ones(3), np.eye(3))
    assert short_name(Instance(4, "chair", 1.0, box)) == "chair 4"
    assert short_name(Instance(4, "", 1.0, box)) == "4"
    assert short_name(Instance(4, "", 1.0, box, role="floor")) == "floor 4"
    assert short_name(Instance(4, "a\nb\u202e" + "c" * 50, 1.0, box), length=6) == "a b c\u2026 4"
