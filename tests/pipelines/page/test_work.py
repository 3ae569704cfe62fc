"""Runs of generate for the page, with tiny random networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import ConventionError, UnknownNameError, WeightsError
from scenewright.io import load_scene, read_id_map
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page.marking import mark_box
from scenewright.pipelines.page.report import error_text, run_text, view_frame
from scenewright.pipelines.page.session import (
    NEW,
    Session,
    add_picture,
    move_object,
    put_mask,
    rename,
    select,
    set_depth,
    show_picture,
)
from scenewright.pipelines.page.work import Workshop

BOXES = ("4,14,40,56", "42,8,78,56")


@pytest.fixture
def marked(session: Session) -> Session:
    """Both boxes marked, and named with markup."""
    for text, name in zip(BOXES, ("<b>chair</b>", "table"), strict=True):
        session = mark_box(select(session, NEW), text, settings=GenerateSettings())
        session = rename(session, name)
    return session


def test_a_run_has_the_names_and_the_order_of_the_page(
    marked: Session, tmp_path: Path, chosen: GenerateSettings
) -> None:
    shop = Workshop(tmp_path / "runs")
    stages: list[str] = []
    done = shop.generate(
        move_object(marked, -1), chosen, progress=lambda stage, *more: stages.append(stage)
    )
    scene = load_scene(done.meshes)
    assert scene.instances.id.tolist() == [1, 2]
    assert list(done.run.result.scene.instances.label) == ["table", "<b>chair</b>"]
    masks = read_id_map(done.folder / "masks.png")
    assert masks[30, 60] == 1 and masks[30, 20] == 2
    assert done.gaussians.is_file() and "structure" in stages
    report = json.loads((done.folder / "report.json").read_text())
    assert report["inputs"] == {"images": ["room"], "depth": None}
    assert str(tmp_path) not in json.dumps(report["settings"]["masks"])
    text = run_text(done)
    assert "<b>chair" not in text and "&lt;b&gt;chair&lt;/b&gt;" in text and "seed 0" in text
    assert shop.view(done.token) == done.folder / "view.html"
    for token in ("", "..", "../x", done.token + "x", "a" * 24):
        assert shop.view(token) is None


def test_several_pictures_and_depth(
    marked: Session, tmp_path: Path, chosen: GenerateSettings
) -> None:
    session = set_depth(marked, np.full((60, 80), 2.0, np.float32))
    session = add_picture(session, "other", session.pictures[0].pixels)
    for key in (1, 2):
        session = put_mask(select(session, key), session.pictures[0].keys == key)
    done = Workshop(tmp_path / "runs").generate(show_picture(session, 1), chosen)
    assert len(done.run.result.source.pictures) == 2
    assert done.run.report.inputs == {"images": ["room", "other"], "depth": "room"}


def test_only_the_newest_runs_are_kept(
    marked: Session, tmp_path: Path, chosen: GenerateSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scenewright.pipelines.page.work._KEPT", 1)
    shop = Workshop(tmp_path / "runs")
    first, second = shop.generate(marked, chosen), shop.generate(marked, chosen)
    assert shop.view(first.token) is None and not first.folder.exists()
    assert shop.view(second.token) is not None and second.meshes.is_file()


def test_bad_input_leaves_no_files(
    session: Session, tmp_path: Path, chosen: GenerateSettings
) -> None:
    shop = Workshop(tmp_path / "runs")
    with pytest.raises(ConventionError, match="Masks of room: expected at least one object, got"):
        shop.generate(session, chosen)
    many = session
    for number in range(17):
        mask = np.zeros((60, 80), np.bool_)
        mask[(number // 6) * 10 : (number // 6) * 10 + 8, (number % 6) * 10 :][:, :8] = True
        many = put_mask(select(many, NEW), mask)
    with pytest.raises(ConventionError, match="16"):
        shop.generate(many, chosen)
    mask = np.zeros((60, 80), np.bool_)
    mask[:3, :3] = True
    with pytest.raises(
        ConventionError, match=r"Mask 1 of room\.png in room-ids\.png: expected at least"
    ):
        shop.generate(put_mask(session, mask), chosen)
    lone = put_mask(session, np.ones((60, 80), np.bool_))
    with pytest.raises(UnknownNameError, match="Generator 'nothing'"):
        shop.generate(lone, GenerateSettings(model="nothing"))
    with pytest.raises(WeightsError):
        shop.generate(lone, GenerateSettings(model="sceneflow/iscene", weights="file:/nowhere"))
    left = list((tmp_path / "runs").iterdir()) if (tmp_path / "runs").exists() else []
    assert left == []


def test_masks_of_a_backend(session: Session, tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "runs")
    with pytest.raises(UnknownNameError, match="nothing"):
        shop.propose(session, "masks/nothing", GenerateSettings())
    with_depth = set_depth(session, np.where(np.arange(80) < 40, 1, 2) * np.ones((60, 1), "f4"))
    made = shop.propose(with_depth, "masks/depth-edges", GenerateSettings())
    assert len(made.objects) >= 1 and made.selected == NEW
    assert list((tmp_path / "runs").iterdir()) == []


def test_errors_are_escaped_line_by_line() -> None:
    error = ConventionError("<img>", expected="a & b", got="c", do="Try d.")
    assert error_text(error) == (
        "<b>&lt;img&gt;</b><br>expected: a &amp; b<br>got: c<br>do: Try d."
    )
    assert error_text(ConventionError("x")) == "<b>x</b>"
    assert 'src="scene/&quot;&gt;"' in view_frame('scene/">')
