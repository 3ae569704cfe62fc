"""Boxes and clicks become masks, by the same functions as on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, UnknownNameError
from scenewright.pipelines.generate.masks import read_scene_input
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page.marking import (
    Stroke,
    apply_stroke,
    mark_box,
    mark_point,
    read_stroke,
)
from scenewright.pipelines.page.session import NEW, Session, label_images, select

SETTINGS = GenerateSettings()


def stroke(session: Session, tool: str, *path: tuple[float, float]) -> Session:
    """What a stroke of a tool does; points are shares of the picture."""
    return apply_stroke(session, Stroke(path), tool=tool, radius=3, settings=SETTINGS)


def test_boxes_give_the_masks_of_the_command(session: Session, tmp_path: Path) -> None:
    boxes = ("4,14,40,56", "42,8,78,56")
    file = tmp_path / "room.png"
    Image.fromarray(session.picture.pixels).save(file)
    for text in boxes:
        session = mark_box(select(session, NEW), text, settings=SETTINGS)
    (labels,) = label_images(session)
    wanted = read_scene_input([file], None, GenerateSettings(boxes=boxes)).pictures[0].masks
    assert (labels == wanted.to_id_map()).all()
    assert len(np.unique(labels)) == 3


def test_a_drag_makes_a_new_object_each_time(session: Session) -> None:
    session = stroke(session, "new", (0.05, 0.25), (0.3, 0.6), (0.5, 0.95))
    assert session.selected == 1 and session.prompt.box == (4.0, 15.0, 40.0, 57.0)
    session = stroke(session, "new", (0.96, 0.95), (0.53, 0.1))
    assert [each.key for each in session.objects] == [1, 2]
    assert session.picture.area(1) == pytest.approx(30 * 26, rel=0.15)
    assert session.picture.area(2) == pytest.approx(38 * 28, rel=0.15)


def test_clicks_on_and_off_refine_the_same_object(session: Session) -> None:
    session = stroke(session, "new", (0.26, 0.58), (0.26, 0.58))
    assert session.prompt.on == ((0.26 * 80, 0.58 * 60),) and session.picture.keys[35, 20] == 1
    session = stroke(session, "on", (0.75, 0.5), (0.75, 0.5))
    assert len(session.prompt.on) == 2 and len(session.objects) == 1
    session = stroke(session, "off", (0.75, 0.5), (0.75, 0.5))
    assert len(session.prompt.off) == 1 and session.picture.keys[30, 60] == 0


def test_redraw_replaces_the_mask_of_the_selected_object(session: Session) -> None:
    session = stroke(session, "new", (0.05, 0.25), (0.5, 0.95))
    session = stroke(session, "redraw", (0.53, 0.1), (0.98, 0.95))
    assert len(session.objects) == 1
    assert session.picture.keys[30, 60] == 1 and session.picture.keys[35, 20] == 0


def test_brush_strokes_have_no_gaps(session: Session) -> None:
    session = stroke(session, "new", (0.05, 0.25), (0.5, 0.95))
    session = stroke(session, "paint", (0.1, 0.05), (0.9, 0.05))
    assert (session.picture.keys[3, 8:72] == 1).all()
    session = stroke(session, "erase", (0.1, 0.05), (0.9, 0.05))
    assert not session.picture.keys[3].any()


def test_bad_boxes_points_and_strokes(session: Session) -> None:
    with pytest.raises(ConventionError) as caught:
        mark_box(session, "4,14,90,56", settings=SETTINGS)
    assert str(caught.value) == (
        "Box '4,14,90,56': expected x from 0 to 80 and y from 0 to 60, the smaller ones first, "
        "got x 4 to 90, y 14 to 56"
    )
    with pytest.raises(ConventionError, match="Point: expected a box or a point on the object fir"):
        mark_point(session, (4.0, 4.0), on=False, settings=SETTINGS)
    with pytest.raises(ConventionError, match="Picture: expected at least one, got none"):
        mark_box(Session(), "1,1,2,2", settings=SETTINGS)
    with pytest.raises(UnknownNameError, match="Segmenter 'nothing'"):
        mark_box(session, "4,4,9,9", settings=GenerateSettings(segmenter="nothing"))
    wrong: tuple[object, ...] = (
        None, {}, {"path": []}, {"path": [[1]]}, {"path": [["x", 2]]},
        {"path": [[float("nan"), 0]]}, {"path": [[0, 0]], "scale": 0},
    )  # fmt: skip
    for data in wrong:
        with pytest.raises(ConventionError, match="Stroke: expected points on the picture"):
            read_stroke(data)
    outside = read_stroke({"path": [[-1, 0.5], [2, 3]], "scale": 2})
    assert outside.in_pixels((60, 80)) == ((0.0, 30.0), (80.0, 60.0))
