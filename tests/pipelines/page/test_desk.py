"""What the page does when a visitor acts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, FormatError, MaskSet
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page import desk as desks
from scenewright.pipelines.page.desk import Desk, random_seed, screen_of
from scenewright.pipelines.page.form import form_fields
from scenewright.pipelines.page.session import NEW, Session, select
from scenewright.pipelines.page.work import Workshop


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with the defaults."""
    defaults = GenerateSettings()
    fields = form_fields(defaults, is_public=False)
    return Desk(Workshop(tmp_path / "runs"), defaults, fields)


def test_from_files_to_the_screen(desk: Desk, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "large room.png"
    Image.fromarray(session.picture.pixels).resize((3200, 2400)).save(file)
    made = desk.add_pictures(Session(), [str(file)])
    screen = screen_of(made)
    assert screen.pictures == ("large-room",) and screen.shown == 0
    assert screen.facts == "1600 x 1200 pixels, reduced from 3200 x 2400"
    assert screen.board.startswith("data:image/jpeg;base64,")
    empty = screen_of(Session())
    assert empty.board == "" and empty.objects == [("New object", NEW)] and empty.shown is None


def test_boxes_as_on_the_command_line(desk: Desk, session: Session) -> None:
    made = desk.box(session, "4,14,40,56 42,8,78,56", {})
    assert [each.key for each in made.objects] == [1, 2]
    with pytest.raises(ConventionError, match="Box '4,14': expected X0,Y0,X1,Y1 in pixels"):
        desk.box(session, "4,14", {})


def test_strokes_scale_with_the_picture(desk: Desk, session: Session) -> None:
    made = desk.stroke(session, {"path": [[0.05, 0.25], [0.5, 0.95]]}, "new", 1.0, {})
    assert made.picture.area(1) > 500
    dot = desk.stroke(made, {"path": [[0.5, 0.05]]}, "paint", 5.0, {})
    assert dot.picture.area(1) - made.picture.area(1) == pytest.approx(np.pi * 16 * 0.9, rel=0.25)
    with pytest.raises(ConventionError, match="Picture: expected at least one, got none"):
        desk.stroke(Session(), {"path": [[0, 0]]}, "new", 1.0, {})


def test_labels_and_depth(desk: Desk, session: Session, tmp_path: Path) -> None:
    labels = np.zeros((60, 80), np.uint8)
    labels[20:40] = 3
    Image.fromarray(labels).save(tmp_path / "ids.png")
    made = desk.add_labels(session, str(tmp_path / "ids.png"))
    assert made.picture.area(1) == 1600
    Image.new("I;16", (80, 60), 500).save(tmp_path / "depth.png")
    deep = desk.add_depth(made, str(tmp_path / "depth.png"), {"depth_scale": 100})
    assert deep.picture.depth is not None and (deep.picture.depth == 5).all()
    assert screen_of(deep).facts.endswith(", with depth")
    assert desk.add_depth(Session(), None, {}).pictures == ()
    with pytest.raises(FormatError, match="The form: depth_scale"):
        desk.add_depth(made, str(tmp_path / "depth.png"), {"depth_scale": "x"})


def test_networks_are_loaded_once(
    desk: Desk, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    class Everything:
        """Takes all of a picture for the object."""

        def segment(self, image: Any, **prompt: Any) -> MaskSet:
            return MaskSet.from_dense(np.ones((1, *image.shape[:2]), np.bool_))

    def fake(settings: GenerateSettings, depth: object) -> Everything:
        made.append(settings.segmenter)
        return Everything()

    monkeypatch.setattr(desks, "prompt_segmenter", fake)
    for _ in range(3):
        desk.box(select(session, NEW), "4,4,20,20", {"segmenter": "masks/sam2"})
    assert made == ["masks/sam2"]
    desk.box(session, "4,4,20,20", {"segmenter": "masks/sam"})
    assert made == ["masks/sam2", "masks/sam"]


def test_random_seeds_differ() -> None:
    seeds = {random_seed() for _ in range(8)}
    assert len(seeds) > 1 and all(0 <= seed < 2**31 for seed in seeds)
