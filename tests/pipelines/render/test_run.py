"""Pictures of surfels: views, turntables, single instances, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, OutputError, UnknownNameError
from scenewright.pipelines.decompose.run import DecomposeRun
from scenewright.pipelines.fit_splats.run import FitRun
from scenewright.pipelines.info.run import info_run
from scenewright.pipelines.render.run import render_run
from scenewright.pipelines.render.settings import RenderSettings
from scenewright.runs.folder import RunFolder
from tests.completion.completion_builders import BOX, FLOOR, seen_scene


@pytest.mark.slow
def test_views_and_turns_are_drawn(decomposed: DecomposeRun, tmp_path: Path) -> None:
    settings = RenderSettings(views=("000002", "-1"), width=80, turntable=True, num_frames=3)
    steps: list[tuple[str, int, int, str]] = []
    run = render_run(
        decomposed.folder.path,
        tmp_path / "pictures",
        settings,
        progress=lambda *step: steps.append(step),
    )
    assert run.files == (
        "000002.color.png", "000002.depth.png", "000002.normals.png", "000002.ids.png",
        "000007.color.png", "000007.depth.png", "000007.normals.png", "000007.ids.png",
        "turntable.gif",
    )  # fmt: skip
    for name in run.files[:-1]:
        assert Image.open(run.folder.path / name).size == (80, 60)
    turn = Image.open(run.folder.path / "turntable.gif")
    assert getattr(turn, "n_frames", 1) == 3 and turn.size == (80, 60)
    assert len(np.unique(np.asarray(turn.convert("RGB")).reshape(-1, 3), axis=0)) > 20
    assert steps[:2] == [("render", 1, 2, "views"), ("render", 2, 2, "views")]
    assert steps[2:] == [("turntable", i, 3, "frames") for i in (1, 2, 3)]


@pytest.mark.slow
def test_report_lists_the_files(decomposed: DecomposeRun, tmp_path: Path) -> None:
    settings = RenderSettings(views=("0",), kinds=("depth", "color"), width=40)
    run = render_run(decomposed.result.scene, tmp_path / "pictures", settings)
    report = RunFolder.open(tmp_path / "pictures").report
    assert (report.verb, report.inputs) == ("render", {"scene": None})
    # In the order of the kinds, not of the request.
    assert report.results == {"files": ["000000.color.png", "000000.depth.png"]}
    assert report.settings["kinds"] == ["depth", "color"] and report.finished
    assert report.as_dict() == run.report.as_dict()
    assert info_run(tmp_path / "pictures")["pictures"] == "2"
    with pytest.raises(OutputError, match="expected a folder that does not exist yet"):
        render_run(decomposed.result.scene, tmp_path / "pictures", settings)
    render_run(decomposed.result.scene, tmp_path / "pictures", settings, overwrite=True)


@pytest.mark.slow
def test_without_and_only_divide_the_picture(decomposed: DecomposeRun, tmp_path: Path) -> None:
    largest = max(decomposed.instances, key=lambda row: row.num_points or 0).id
    number = int(np.argmax([
        (decomposed.result.id_map(i) == largest).sum() for i in range(8)
    ]))  # fmt: skip
    choices: dict[str, dict[str, Any]] = {
        "all": {}, "without": {"without": (largest,)}, "only": {"only": (largest,)},
    }  # fmt: skip
    shown = {}
    for name, choice in choices.items():
        settings = RenderSettings(views=(str(number),), kinds=("ids",), **choice)
        render_run(decomposed.folder.path, tmp_path / name, settings)
        shown[name] = np.asarray(Image.open(next((tmp_path / name).glob("*.ids.png"))))
    inside = decomposed.result.id_map(number) == largest
    changed = (shown["without"] != shown["all"]).any(axis=2)
    assert changed[inside].mean() > 0.9
    assert (shown["only"][~inside].sum(axis=1) < shown["all"][~inside].sum(axis=1)).mean() > 0.5


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (
            RenderSettings(),
            ConventionError,
            "Nothing to draw: expected --view NAME, --view NUMBER or --view all, --turntable, or "
            "--grids ID, got none of these",
        ),
        (
            RenderSettings(turntable=True, kinds=("heat",)),
            UnknownNameError,
            "Unknown kind of picture: 'heat': expected one of color, depth, normals, ids",
        ),
        (
            RenderSettings(turntable=True, width=7),
            ConventionError,
            "Width: expected 8 or more pixels, got 7",
        ),
    ],
)
def test_settings_that_draw_nothing(
    settings: RenderSettings, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        render_run(tmp_path / "missing", tmp_path / "pictures", settings)
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_instances_and_views_that_are_missing(
    fitted: FitRun, decomposed: DecomposeRun, tmp_path: Path
) -> None:
    with pytest.raises(ConventionError, match="The surfels have no instances"):
        render_run(fitted.fit.scene, tmp_path / "a", RenderSettings(turntable=True, only=(1,)))
    with pytest.raises(ConventionError, match="There is no instance 999: expected ids of"):
        settings = RenderSettings(turntable=True, without=(999,))
        render_run(decomposed.result.scene, tmp_path / "b", settings)
    with pytest.raises(UnknownNameError, match="There is no view '8': expected all, an index"):
        render_run(fitted.fit.scene, tmp_path / "c", RenderSettings(views=("8",)))
    assert list(tmp_path.iterdir()) == []


def test_grids_are_drawn_without_surfels(tmp_path: Path) -> None:
    run = render_run(seen_scene(), tmp_path / "pictures", RenderSettings(grids=(BOX,)))
    assert run.files == (f"grid-{BOX}.png",)
    assert Image.open(run.folder.path / run.files[0]).width > 500
    with pytest.raises(ConventionError) as error:
        render_run(seen_scene(), tmp_path / "none", RenderSettings(grids=(FLOOR,)))
    assert str(error.value) == (
        "instance 1: expected a grid of occupied, free and unknown cells, got none. "
        "Run 'scenewright segment --grids', 'decompose' or 'complete' first."
    )
    assert not (tmp_path / "none").exists()
