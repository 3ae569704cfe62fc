"""What a visitor of the page has done so far: pictures, objects, and their masks.

Every function returns a new session; none needs the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, ShapeError

NEW = 0
"""The key that stands for an object that is not there yet."""
MOST_PICTURES = 8
LONGEST_NAME = 60
Point = tuple[float, float]
"""x and y, pixels."""
T = TypeVar("T")


@dataclass(frozen=True)
class Prompt:
    """What was given for the mask of an object.

    Attributes:
        box: x0, y0, x1, y1 in pixels, or None.
        on: Points on the object, pixels.
        off: Points off it.
    """

    box: tuple[float, float, float, float] | None = None
    on: tuple[Point, ...] = ()
    off: tuple[Point, ...] = ()


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture of the scene.

    Attributes:
        name: Name without suffix, unique in the session.
        pixels: (H, W, 3) uint8 RGB.
        keys: (H, W) int32 key of the object in each pixel, 0 = none.
        depth: (H, W) float32 meters, 0 where unknown, or None.
        file_size: Height and width of the file if the picture was reduced, or None.
    """

    name: str
    pixels: NDArray[np.uint8]
    keys: NDArray[np.int32]
    depth: NDArray[np.float32] | None = None
    file_size: tuple[int, int] | None = None

    @property
    def original(self) -> tuple[int, int]:
        """Height and width of the file, pixels."""
        return self.file_size or self.size

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]

    def area(self, key: int) -> int:
        """Pixels of an object."""
        return int(np.count_nonzero(self.keys == key))


@dataclass(frozen=True)
class SceneObject:
    """One object, which every picture shows.

    Attributes:
        key: Identifies it for as long as the session lasts, 1 or more.
        name: Given by the visitor; may be empty.
    """

    key: int
    name: str = ""


@dataclass(frozen=True, eq=False)
class Session:
    """The work of one visitor.

    Attributes:
        pictures: In their order; poses refer to the first.
        shown: Position of the picture that is shown.
        objects: In the order of their labels.
        selected: Key of the object that is edited, or `NEW`.
        prompt: What was given for the mask of the selected object in the shown picture.
        next_key: Key of the next object.
    """

    pictures: tuple[Picture, ...] = ()
    shown: int = 0
    objects: tuple[SceneObject, ...] = ()
    selected: int = NEW
    prompt: Prompt = Prompt()
    next_key: int = 1

    @property
    def picture(self) -> Picture:
        """The picture that is shown.

        Raises:
            ConventionError: There is none.
        """
        if not self.pictures:
            raise ConventionError(
                "Picture", expected="at least one", got="none", do="Add a picture first."
            )
        return self.pictures[self.shown]

    def title(self, key: int) -> str:
        """Label and name of an object."""
        labels = [each.key for each in self.objects]
        name = self.objects[labels.index(key)].name
        return f"{labels.index(key) + 1} {name}".strip()


def add_picture(
    session: Session,
    name: str,
    pixels: NDArray[np.uint8],
    *,
    opaque: NDArray[np.bool_] | None = None,
    original: tuple[int, int] | None = None,
) -> Session:
    """Adds a picture after the others and shows it.

    Args:
        session: The work so far.
        name: Name of its file without suffix.
        pixels: (H, W, 3) uint8 RGB.
        opaque: (H, W) what is opaque in a picture with transparency; it becomes the mask of an
            object if there are no objects yet.
        original: Height and width of the file if the picture was reduced.

    Raises:
        ConventionError: There are too many pictures.
    """
    if len(session.pictures) >= MOST_PICTURES:
        raise ConventionError(
            "Pictures", expected=f"at most {MOST_PICTURES} of one scene", got="one more"
        )
    taken = {each.name for each in session.pictures}
    unique = next(
        word for i in range(len(taken) + 1) if (word := f"{name}-{i + 1}" if i else name)
        not in taken
    )  # fmt: skip
    keys = np.zeros(pixels.shape[:2], np.int32)
    pictures = (*session.pictures, Picture(unique, pixels, keys, file_size=original))
    session = replace(session, pictures=pictures, shown=len(pictures) - 1, prompt=Prompt())
    if opaque is not None and opaque.any() and not session.objects:
        session = put_mask(replace(session, selected=NEW), opaque)
    return session


def show_picture(session: Session, position: int) -> Session:
    """Shows another picture."""
    last = max(len(session.pictures) - 1, 0)
    return replace(session, shown=min(max(position, 0), last), prompt=Prompt())


def move_picture(session: Session, step: int) -> Session:
    """Moves the shown picture by some positions."""
    moved, position = _moved(session.pictures, session.shown, step)
    return replace(session, pictures=moved, shown=position)


def remove_picture(session: Session) -> Session:
    """Removes the shown picture; without pictures there are no objects."""
    rest = session.pictures[: session.shown] + session.pictures[session.shown + 1 :]
    if not rest:
        return Session()
    return show_picture(replace(session, pictures=rest), session.shown)


def set_depth(session: Session, depth: NDArray[np.float32] | None) -> Session:
    """Gives the shown picture its depth.

    Raises:
        ShapeError: It has another size than the picture.
    """
    picture = session.picture
    if depth is not None and depth.shape != picture.size:
        raise ShapeError("Depth", expected=f"{picture.size}", got=f"{depth.shape}")
    return _with_picture(session, replace(picture, depth=depth))


def select(session: Session, key: int) -> Session:
    """Selects an object, or `NEW`; what was given for the mask before is forgotten."""
    known = {NEW, *(each.key for each in session.objects)}
    return replace(session, selected=key if key in known else NEW, prompt=Prompt())


def put_mask(session: Session, mask: NDArray[np.bool_]) -> Session:
    """Makes a mask that of the selected object, or of a new one, in the shown picture.

    A pixel of two objects belongs to the smaller one, as with boxes on the command line.

    Args:
        session: The work so far.
        mask: (H, W).

    Raises:
        ConventionError: Nothing of it is left beside smaller objects, or nothing of another one.
    """
    picture = session.picture
    key = session.selected or session.next_key
    keys = np.where(picture.keys == key, 0, picture.keys)
    area = int(mask.sum())
    free = mask.copy()
    for other in np.unique(keys[mask]).tolist():
        others = keys == other
        if other and int(others.sum()) <= area:
            free &= ~others
        elif other and not (others & ~mask).any():
            raise _covered(session, other)
    if not free.any():
        raise ConventionError(
            "Mask", expected="an object of its own", got="one that other objects cover",
            do="Remove or correct the masks of the others first.",
        )  # fmt: skip
    keys[free] = key
    session = _with_picture(session, replace(picture, keys=keys.astype(np.int32)))
    return session if session.selected else _with_object(session)


def paint(session: Session, at: Point, *, radius: float, on: bool) -> Session:
    """Adds a disk to the mask of the selected object, or removes it.

    Args:
        session: The work so far.
        at: Center, pixels.
        radius: Of the disk, pixels.
        on: Whether it is added; else it is removed.

    Raises:
        ConventionError: No object is selected, or one would lose all its pixels.
    """
    picture = session.picture
    key = session.selected or (session.next_key if on else NEW)
    if key == NEW:
        raise ConventionError(
            "Object", expected="a selected one", got="none", do="Select the object to correct."
        )
    rows, columns = np.ogrid[: picture.size[0], : picture.size[1]]
    disk = np.hypot(columns + 0.5 - at[0], rows + 0.5 - at[1]) <= max(radius, 0.5)
    keys = picture.keys.copy()
    before = set(np.unique(keys).tolist())
    keys[disk if on else disk & (keys == key)] = key if on else 0
    for lost in sorted(before - set(np.unique(keys).tolist()) - {NEW}):
        raise _covered(session, lost)
    session = _with_picture(session, replace(picture, keys=keys))
    return session if session.selected else _with_object(session)


def replace_masks(
    session: Session, labels: NDArray[np.int32], names: Sequence[str] = ()
) -> Session:
    """Takes all masks of a picture that is the only one, instead of those before.

    Args:
        session: The work so far.
        labels: (H, W), 0 = none.
        names: Of the objects, in ascending order of their labels; empty if unknown.

    Raises:
        ConventionError: There are several pictures.
    """
    picture = session.picture
    if len(session.pictures) > 1:
        raise ConventionError(
            "Masks of all objects", expected="a single picture",
            got=f"{len(session.pictures)} pictures",
            do="Mark the objects one by one, so that each keeps its number in every picture.",
        )  # fmt: skip
    found = [label for label in np.unique(labels).tolist() if label]
    words = list(names) or [""] * len(found)
    keys = np.searchsorted([0, *found], labels).astype(np.int32)
    objects = tuple(SceneObject(i + 1, word) for i, word in enumerate(words))
    session = _with_picture(session, replace(picture, keys=keys))
    return replace(session, objects=objects, selected=NEW, prompt=Prompt(), next_key=len(found) + 1)


def rename(session: Session, name: str) -> Session:
    """Names the selected object; control characters are dropped and long names are cut."""
    word = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST_NAME]
    objects = tuple(
        replace(each, name=word) if each.key == session.selected else each
        for each in session.objects
    )
    return replace(session, objects=objects)


def move_object(session: Session, step: int) -> Session:
    """Moves the selected object by some positions, which changes labels."""
    keys = [each.key for each in session.objects]
    if session.selected not in keys:
        return session
    moved, _ = _moved(session.objects, keys.index(session.selected), step)
    return replace(session, objects=moved)


def remove_object(session: Session) -> Session:
    """Removes the selected object from all pictures."""
    if session.selected == NEW:
        return session
    pictures = tuple(
        replace(each, keys=np.where(each.keys == session.selected, 0, each.keys).astype(np.int32))
        for each in session.pictures
    )
    objects = tuple(each for each in session.objects if each.key != session.selected)
    return replace(session, pictures=pictures, objects=objects, selected=NEW, prompt=Prompt())


def label_images(session: Session) -> list[NDArray[np.int32]]:
    """The label image of each picture: objects are numbered from 1 in their order.

    Raises:
        ConventionError: There is no picture or no object, or a picture lacks the mask of one.
    """
    if not session.objects:
        name = session.picture.name
        raise ConventionError(
            f"Masks of {name}", expected="at least one object", got="none",
            do="Drag a box around an object, or click on one.",
        )  # fmt: skip
    table = np.zeros(session.next_key, np.int32)
    for label, each in enumerate(session.objects, 1):
        table[each.key] = label
        for picture in session.pictures:
            if not (picture.keys == each.key).any():
                raise ConventionError(
                    f"Object {session.title(each.key)} in {picture.name}",
                    expected="a mask in every picture", got="none",
                    do="Mark it there, or remove the object or the picture.",
                )  # fmt: skip
    return [table[picture.keys] for picture in session.pictures]


def _with_picture(session: Session, picture: Picture) -> Session:
    pictures = list(session.pictures)
    pictures[session.shown] = picture
    return replace(session, pictures=tuple(pictures))


def _with_object(session: Session) -> Session:
    """Lists and selects the object whose mask was drawn with the next key."""
    key = session.next_key
    objects = (*session.objects, SceneObject(key))
    return replace(session, objects=objects, selected=key, next_key=key + 1)


def _covered(session: Session, key: int) -> ConventionError:
    return ConventionError(
        f"Object {session.title(key)}", expected="some pixels of its own", got="none are left",
        do="Remove it if it is not needed.",
    )  # fmt: skip


def _moved(items: tuple[T, ...], position: int, step: int) -> tuple[tuple[T, ...], int]:
    target = min(max(position + step, 0), max(len(items) - 1, 0))
    rest = list(items[:position] + items[position + 1 :])
    rest[target:target] = items[position : position + 1]
    return tuple(rest), target
