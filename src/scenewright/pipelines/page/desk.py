"""What the page does when a visitor acts: from a session and values to a session or a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Progress, no_progress
from scenewright.models import PromptSegmenter
from scenewright.pipelines.generate.mask_backends import prompt_segmenter
from scenewright.pipelines.generate.settings import REGION_GROWING, GenerateSettings
from scenewright.pipelines.page.drawing import data_url, object_lines, overlay
from scenewright.pipelines.page.form import FormField, settings_from_form
from scenewright.pipelines.page.marking import apply_stroke, mark_box, read_stroke
from scenewright.pipelines.page.session import NEW, Session
from scenewright.pipelines.page.uploads import upload_depth, upload_labels, upload_picture
from scenewright.pipelines.page.work import PageRun, Workshop

LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Screen:
    """What the page shows of a session.

    Attributes:
        board: URL of the picture with its masks; empty without a picture.
        objects: A line and a key per object.
        selected: Key of the selected object.
        name: Of the selected object.
        pictures: Names of the pictures.
        shown: Position of the shown picture, or None.
        facts: Size and origin of the shown picture, in a line.
    """

    board: str
    objects: list[tuple[str, int]]
    selected: int
    name: str
    pictures: tuple[str, ...]
    shown: int | None
    facts: str


def screen_of(session: Session) -> Screen:
    """What the page shows of a session."""
    if not session.pictures:
        return Screen("", [("New object", NEW)], NEW, "", (), None, "")
    picture = session.picture
    height, width = picture.size
    facts = f"{width} x {height} pixels"
    if picture.original != picture.size:
        facts += f", reduced from {picture.original[1]} x {picture.original[0]}"
    if picture.depth is not None:
        facts += ", with depth"
    names = {each.key: each.name for each in session.objects}
    return Screen(
        board=data_url(overlay(session)),
        objects=object_lines(session),
        selected=session.selected,
        name=names.get(session.selected, ""),
        pictures=tuple(each.name for each in session.pictures),
        shown=session.shown,
        facts=facts,
    )


class Desk:
    """Does what visitors ask for; holds no session.

    Args:
        workshop: Generates.
        defaults: Values of what the form does not show.
        fields: Of the form.
    """

    def __init__(
        self, workshop: Workshop, defaults: GenerateSettings, fields: Sequence[FormField]
    ) -> None:
        self._workshop, self._defaults, self._fields = workshop, defaults, fields
        self._lock = Lock()
        self._segmenters: dict[tuple[str, str | None, str | None], PromptSegmenter] = {}

    def settings(self, values: Mapping[str, Any]) -> GenerateSettings:
        """The settings of the form.

        Raises:
            FormatError: A value has the wrong type.
            ConventionError: A value is out of range.
        """
        return settings_from_form(self._defaults, self._fields, values)

    def add_pictures(self, session: Session, files: Sequence[str]) -> Session:
        """Adds uploaded pictures."""
        for file in files:
            session = upload_picture(session, Path(file))
        return session

    def add_labels(self, session: Session, file: str) -> Session:
        """Takes the masks of an uploaded label image."""
        return upload_labels(session, Path(file))

    def add_depth(self, session: Session, file: str | None, values: Mapping[str, Any]) -> Session:
        """Takes uploaded depth of the first picture; None takes it away."""
        if file is None and not session.pictures:
            return session
        path = None if file is None else Path(file)
        return upload_depth(session, path, scale=self.settings(values).depth_scale)

    def stroke(
        self, session: Session, data: object, tool: str, radius: float, values: Mapping[str, Any]
    ) -> Session:
        """Marks or corrects as the mouse was moved; the radius is in percent of the width."""
        pixels = radius / 100 * session.picture.size[1]
        return apply_stroke(
            session, read_stroke(data), tool=tool, radius=pixels,
            settings=self.settings(values), segmenters=self.segmenter,
        )  # fmt: skip

    def box(self, session: Session, text: str, values: Mapping[str, Any]) -> Session:
        """Marks the objects in boxes as they are written on the command line."""
        for word in text.split():
            session = mark_box(
                replace(session, selected=NEW), word,
                settings=self.settings(values), segmenters=self.segmenter,
            )  # fmt: skip
        return session

    def propose(self, session: Session, backend: str, values: Mapping[str, Any]) -> Session:
        """Takes the masks of a backend."""
        return self._workshop.propose(session, backend, self.settings(values))

    def generate(
        self, session: Session, values: Mapping[str, Any], *, progress: Progress = no_progress
    ) -> PageRun:
        """Generates the objects."""
        return self._workshop.generate(session, self.settings(values), progress=progress)

    def segmenter(
        self, settings: GenerateSettings, depth: NDArray[np.float32] | None
    ) -> PromptSegmenter:
        """The backend that finds objects; networks are loaded once."""
        if settings.segmenter == REGION_GROWING:
            return prompt_segmenter(settings, depth)
        key = (settings.segmenter, settings.segmenter_weights, settings.device)
        with self._lock:
            if key not in self._segmenters:
                self._segmenters = {key: prompt_segmenter(settings, depth)}
            return self._segmenters[key]


def random_seed() -> int:
    """A seed drawn by the system."""
    return int(np.random.default_rng().integers(0, LARGEST_SEED))
