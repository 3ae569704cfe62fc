"""The picture with masks that the page shows."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError
from scenewright.core.palette import instance_color
from scenewright.pipelines.page.drawing import LONGEST_SIDE, data_url, object_lines, overlay
from scenewright.pipelines.page.session import (
    NEW,
    Prompt,
    Session,
    add_picture,
    put_mask,
    rename,
    select,
)


def masked(session: Session) -> Session:
    """A session with a mask of the left box."""
    mask = np.zeros(session.picture.size, np.bool_)
    mask[20:50, 8:34] = True
    return rename(put_mask(session, mask), "box")


def test_masks_take_the_color_of_their_object(session: Session) -> None:
    plain = overlay(session)
    assert (plain == session.picture.pixels).all()
    drawn = overlay(select(masked(session), NEW)).astype(int)
    changed = (drawn != plain).any(-1)
    assert changed[20:50, 8:34].mean() > 0.9 and not changed[:19].any()
    assert not changed[:, 36:].any()
    wanted = np.array(instance_color(1), float)
    before = np.abs(plain[22, 10] - wanted).sum()
    assert np.abs(drawn[22, 10] - wanted).sum() < 0.7 * before


def test_the_selected_object_has_a_white_border(session: Session) -> None:
    drawn = overlay(masked(session))
    assert drawn[20, 20].tolist() == [255, 255, 255]
    assert overlay(select(masked(session), NEW))[20, 20].tolist() == list(instance_color(1))


def test_boxes_and_points_are_drawn(session: Session) -> None:
    prompt = Prompt(box=(4, 4, 76, 56), on=((20, 30),), off=((70, 30),))
    drawn = overlay(replace(session, prompt=prompt))
    assert drawn[4, 40].tolist() == [255, 255, 255]
    assert drawn[30, 20, 1] > 200 and drawn[30, 70, 0] > 200


def test_large_pictures_are_shown_smaller() -> None:
    session = add_picture(Session(), "wide", np.zeros((100, 1600, 3), np.uint8))
    assert overlay(session).shape == (75, LONGEST_SIDE, 3)
    narrow = add_picture(Session(), "line", np.zeros((1, 1600, 3), np.uint8))
    assert overlay(narrow).shape == (1, LONGEST_SIDE, 3)
    with pytest.raises(ConventionError, match="Picture: expected at least one, got none"):
        overlay(Session())


def test_the_url_holds_a_jpeg(session: Session) -> None:
    head, _, body = data_url(overlay(session)).partition(",")
    assert head == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(body))).size == (80, 60)


def test_the_list_says_where_a_mask_is_missing(session: Session) -> None:
    session = masked(session)
    assert object_lines(session) == [("New object", NEW), ("1 box", 1)]
    session = add_picture(session, "b", session.picture.pixels)
    assert object_lines(session)[1] == ("1 box (no mask in this picture)", 1)
