"""Pictures, objects and masks of a session: added, removed, redrawn, renamed, ordered."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError, ShapeError
from scenewright.pipelines.page import session as editing
from scenewright.pipelines.page.session import MOST_PICTURES, NEW, Session


def box(rows: slice, columns: slice, size: tuple[int, int] = (60, 80)) -> NDArray[np.bool_]:
    """A mask that is a box."""
    mask = np.zeros(size, np.bool_)
    mask[rows, columns] = True
    return mask


def with_two(session: Session) -> Session:
    """Two objects: a (20 x 20) and b (30 x 20)."""
    session = editing.put_mask(session, box(slice(0, 20), slice(0, 20)))
    session = editing.rename(session, "a")
    session = editing.put_mask(editing.select(session, NEW), box(slice(0, 30), slice(40, 60)))
    return editing.rename(session, "b")


def test_a_mask_makes_an_object_and_selects_it(session: Session) -> None:
    done = editing.put_mask(session, box(slice(0, 20), slice(0, 20)))
    assert [each.key for each in done.objects] == [1] and done.selected == 1
    assert done.picture.area(1) == 400
    assert session.objects == () and session.picture.area(1) == 0


def test_a_pixel_of_two_belongs_to_the_smaller_object(session: Session) -> None:
    session = editing.put_mask(session, box(slice(0, 20), slice(0, 20)))
    session = editing.select(session, NEW)
    larger = editing.put_mask(session, box(slice(10, 60), slice(10, 60)))
    assert larger.picture.area(1) == 400 and larger.picture.area(2) == 2500 - 100
    smaller = editing.put_mask(session, box(slice(15, 25), slice(15, 25)))
    assert smaller.picture.area(2) == 100 and smaller.picture.area(1) == 400 - 25


def test_a_mask_below_smaller_objects_is_refused(session: Session) -> None:
    session = editing.put_mask(session, box(slice(0, 20), slice(0, 20)))
    with pytest.raises(ConventionError) as caught:
        editing.put_mask(editing.select(session, NEW), box(slice(0, 20), slice(0, 20)))
    assert str(caught.value) == (
        "Mask: expected an object of its own, got one that other objects cover. "
        "Remove or correct the masks of the others first."
    )


def test_redrawing_replaces_the_mask(session: Session) -> None:
    session = editing.put_mask(session, box(slice(0, 20), slice(0, 20)))
    redrawn = editing.put_mask(session, box(slice(30, 40), slice(0, 10)))
    assert len(redrawn.objects) == 1 and redrawn.picture.area(1) == 100
    assert not redrawn.picture.keys[:20, :20].any()


def test_brush_and_eraser(session: Session) -> None:
    session = editing.put_mask(session, box(slice(0, 20), slice(0, 20)))
    more = editing.paint(session, (40.0, 40.0), radius=5, on=True)
    assert 400 + 60 < more.picture.area(1) < 400 + 100
    less = editing.paint(more, (40.0, 40.0), radius=6, on=False)
    assert less.picture.area(1) == 400
    with pytest.raises(ConventionError, match="Object 1: expected some pixels of its own, got non"):
        editing.paint(session, (10.0, 10.0), radius=40, on=False)
    with pytest.raises(ConventionError, match="Object: expected a selected one, got none"):
        editing.paint(editing.select(session, NEW), (10.0, 10.0), radius=4, on=False)
    fresh = editing.paint(editing.select(session, NEW), (50.0, 40.0), radius=4, on=True)
    assert [each.key for each in fresh.objects] == [1, 2] and fresh.selected == 2


def test_the_brush_never_takes_all_of_another_object(session: Session) -> None:
    session = with_two(session)
    with pytest.raises(ConventionError, match="Object 1 a: expected some pixels"):
        editing.paint(session, (10.0, 10.0), radius=30, on=True)


def test_names_are_cleaned_and_cut(session: Session) -> None:
    session = with_two(session)
    assert editing.rename(session, "  a \x00\n chair ").objects[1].name == "a chair"
    assert len(editing.rename(session, "x" * 999).objects[1].name) == editing.LONGEST_NAME
    assert editing.rename(editing.select(session, NEW), "c").objects == session.objects


def test_the_order_of_objects_is_that_of_labels(session: Session) -> None:
    session = editing.move_object(with_two(session), -1)
    assert [each.name for each in session.objects] == ["b", "a"]
    (labels,) = editing.label_images(session)
    assert labels[5, 50] == 1 and labels[5, 5] == 2 and labels[59, 79] == 0
    assert editing.move_object(session, -1).objects == session.objects
    assert editing.move_object(editing.select(session, NEW), 1).objects == session.objects


def test_a_removed_object_is_in_no_picture(session: Session) -> None:
    session = editing.remove_object(editing.select(with_two(session), 1))
    assert [each.name for each in session.objects] == ["b"] and session.selected == NEW
    (labels,) = editing.label_images(session)
    assert set(np.unique(labels).tolist()) == {0, 1} and labels[5, 50] == 1
    assert editing.remove_object(session) is session


def test_every_picture_must_show_every_object(session: Session) -> None:
    session = with_two(session)
    session = editing.add_picture(session, "room", session.pictures[0].pixels)
    assert [each.name for each in session.pictures] == ["room", "room-2"] and session.shown == 1
    session = editing.put_mask(editing.select(session, 1), box(slice(5, 25), slice(0, 20)))
    with pytest.raises(ConventionError) as caught:
        editing.label_images(session)
    assert str(caught.value) == (
        "Object 2 b in room-2: expected a mask in every picture, got none. "
        "Mark it there, or remove the object or the picture."
    )
    session = editing.put_mask(editing.select(session, 2), box(slice(5, 25), slice(40, 60)))
    first, second = editing.label_images(session)
    assert first[0, 0] == 1 and second[0, 0] == 0 and second[24, 0] == 1 and second[6, 50] == 2


def test_pictures_move_and_go(session: Session) -> None:
    pixels = session.pictures[0].pixels
    session = editing.add_picture(session, "b", pixels)
    moved = editing.move_picture(session, -1)
    assert [each.name for each in moved.pictures] == ["b", "room"] and moved.shown == 0
    rest = editing.remove_picture(moved)
    assert [each.name for each in rest.pictures] == ["room"]
    assert editing.remove_picture(rest).pictures == ()
    assert editing.show_picture(session, 7).shown == 1
    assert editing.show_picture(Session(), 3).shown == 0
    for number in range(MOST_PICTURES - 2):
        session = editing.add_picture(session, f"more-{number}", pixels)
    with pytest.raises(ConventionError, match="Pictures: expected at most 8 of one scene, got one"):
        editing.add_picture(session, "more", pixels)


def test_transparency_gives_the_first_object(session: Session) -> None:
    pixels = session.pictures[0].pixels
    opaque = box(slice(0, 10), slice(0, 10))
    made = editing.add_picture(Session(), "cut", pixels, opaque=opaque)
    assert len(made.objects) == 1 and made.picture.area(1) == 100
    assert editing.add_picture(with_two(session), "cut", pixels, opaque=opaque).picture.area(3) == 0


def test_masks_of_a_label_image(session: Session) -> None:
    labels = np.zeros((60, 80), np.int32)
    labels[:10], labels[20:30] = 7, 300
    made = editing.replace_masks(with_two(session), labels, ["sky", "sea"])
    assert [(each.key, each.name) for each in made.objects] == [(1, "sky"), (2, "sea")]
    assert made.picture.area(1) == 800 and made.picture.area(2) == 800 and made.next_key == 3
    several = editing.add_picture(made, "b", session.pictures[0].pixels)
    with pytest.raises(ConventionError, match="Masks of all objects: expected a single picture"):
        editing.replace_masks(several, labels)


def test_without_picture_or_object(session: Session) -> None:
    with pytest.raises(ConventionError, match="Picture: expected at least one, got none"):
        editing.label_images(Session())
    with pytest.raises(ConventionError, match="Masks of room: expected at least one object, got"):
        editing.label_images(session)
    with pytest.raises(ShapeError, match="Depth: expected"):
        editing.set_depth(session, np.ones((3, 3), np.float32))
