"""Captures become surfels: the run folder, going on after an interruption, seeds and starts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scenewright.pipelines.view_frames import PictureSource

from scenewright.core import (
    CaptureError,
    FormatError,
    Frame,
    OutputError,
    PointCloud,
    SurfelCloud,
    UnknownNameError,
)
from scenewright.data import open_capture
from scenewright.io import load_scene, read_ply_mesh
from scenewright.pipelines import (
    FitReport,
    FitSettings,
    RunReport,
    describe_any,
    evaluate_mesh,
    evaluate_pictures,
    fit_capture,
    fit_splats_run,
    read_report,
)
from scenewright.pipelines.fit_splats import starts
from scenewright.splats.fitting.fitter import Fitter
from tests.pipelines.splat_run_builders import TINY, listing

pytestmark = pytest.mark.slow


def test_folder_holds_everything(fitted: FitReport) -> None:
    assert sorted(path.name for path in fitted.run.iterdir()) == [
        "config.json", "mesh.glb", "mesh.ply", "preview.png", "report.json", "scene",
        "splats.ply", "views.jpg",
    ]  # fmt: skip
    assert not fitted.run.with_name("fit.unfinished").exists()


def test_all_files_tell_the_same_surfels(fitted: FitReport) -> None:
    scene, splats = load_scene(fitted.run), load_scene(fitted.run / "splats.ply")
    assert scene.surfels is not None and splats.surfels is not None and scene.views is not None
    assert np.array_equal(scene.surfels.means, splats.surfels.means)
    assert len(scene.surfels) == len(fitted.fit.surfels) <= 4000
    assert fitted.fit.mesh is not None
    assert len(read_ply_mesh(fitted.run / "mesh.ply").faces) == len(fitted.fit.mesh.faces) > 1000
    assert scene.up is not None and len(scene.views) == 8


def test_report_is_complete_and_the_fit_resembles_the_room(
    fitted: FitReport, small_capture: Path
) -> None:
    value = read_report(fitted.run)
    assert (value["verb"], value["start"]) == ("fit-splats", "depth")
    assert (value["num_views"], value["num_steps"]) == (8, 12)
    assert value["held_out"] == ["000000", "000004"] == sorted(value["psnr_by_view"])
    assert set(value["stages"]) == {"read", "start", "fit", "measure", "mesh"}
    assert value["peak_memory_mb"] > 0 and value["warnings"] == []
    assert value["psnr"] > 17
    config = json.loads((fitted.run / "config.json").read_text())
    assert config["capture"] == str(small_capture.resolve())
    assert config["fit"]["holdout_interval"] == 4 and config["seed"] == 0


def test_views_picture_shows_photograph_and_drawing_side_by_side(fitted: FitReport) -> None:
    whole = Image.open(fitted.run / "views.jpg").convert("L")
    (photo, _), (drawn, other) = (
        [
            np.asarray(whole.crop((x, y, x + 310, y + 210)).resize((31, 21), Image.Resampling.BOX))
            for y in (50, 296)
        ]
        for x in (10, 336)
    )
    alike, different = (np.corrcoef(photo.ravel(), p.ravel())[0, 1] for p in (drawn, other))
    assert alike > 0.5 and alike > different + 0.2


def test_the_report_s_psnr_is_what_evaluation_measures(fitted: FitReport) -> None:
    found = evaluate_pictures(fitted.run).images["views held out"]
    assert found.psnr == pytest.approx(fitted.fit.quality.psnr, abs=0.05)
    assert found.num_images == 2 and found.lpips is None


def test_mesh_lies_on_the_true_surface(fitted: FitReport, small_capture: Path) -> None:
    result = evaluate_mesh(fitted.run, small_capture, threshold=0.1).meshes["mesh"]
    assert result.precision[0.1] > 0.7


def test_info_tells_what_it_is(fitted: FitReport) -> None:
    facts = describe_any(fitted.run)
    assert facts["verb"] == "fit-splats" and facts["views"] == "8, of which 2 held out"


def test_an_interrupted_fit_goes_on_to_the_same_surfels(
    small_capture: Path,
    fitted: FitReport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = Fitter.step

    def failing(self: Fitter, **options: float | None) -> object:
        if self.num_steps == 8:
            raise KeyboardInterrupt
        return step(self, **options)

    monkeypatch.setattr("scenewright.pipelines.fit_splats.steps.CHECKPOINT_INTERVAL", 5)
    monkeypatch.setattr(Fitter, "step", failing)
    with pytest.raises(KeyboardInterrupt):
        fit_splats_run(small_capture, tmp_path / "run", settings=TINY)
    assert [path.name for path in tmp_path.iterdir()] == ["run.unfinished"]
    monkeypatch.setattr(Fitter, "step", step)
    with pytest.raises(OutputError, match="An unfinished fit is in the way"):
        fit_splats_run(small_capture, tmp_path / "run", settings=TINY)
    with pytest.raises(FormatError, match="is a fit with other settings: expected seed 0, got"):
        other = replace(TINY, seed=1)
        fit_splats_run(small_capture, tmp_path / "run", settings=other, resume=True)
    report = fit_splats_run(small_capture, tmp_path / "run", settings=TINY, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert report.fit.start == "a checkpoint" and report.fit.num_steps == 12
    assert np.array_equal(report.fit.surfels.means, fitted.fit.surfels.means)


def test_a_segmented_run_is_fitted_and_keeps_its_instances(
    report: RunReport, capture: Path, tmp_path: Path
) -> None:
    settings = replace(TINY, steps=2, mesh=False)
    fit = fit_splats_run(report.run, tmp_path / "run", settings=settings, stride=3).fit
    scene = report.segmentation.scene
    assert fit.scene.instances.id.tolist() == scene.instances.id.tolist()
    assert fit.scene.points is not None and fit.surfels.instance_id is not None
    known = fit.surfels.instance_id > 0
    assert known.mean() > 0.3
    assert [step.name for step in fit.scene.provenance] == ["segment", "fit-splats"]


def without_depth(capture: Path) -> list[Frame]:
    return [replace(frame, depth=None) for frame in open_capture(capture)]


def test_a_capture_without_depth_is_fitted(small_capture: Path) -> None:
    settings = FitSettings(preset="preview", steps=1, max_surfels=500, start="random", mesh=False)
    fit = fit_capture(without_depth(small_capture), settings)
    assert fit.start == "random" and fit.num_start == 500
    with pytest.raises(CaptureError, match="The capture has no depth to start from"):
        fit_capture(without_depth(small_capture), replace(settings, start="depth"))


def test_the_best_start_is_taken_and_failures_are_told(
    small_capture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> SurfelCloud:
        raise CaptureError("Nothing can be recognized")

    frames = PictureSource(without_depth(small_capture))
    monkeypatch.setattr(starts, "_has_pycolmap", lambda: False)
    monkeypatch.setattr(starts, "initial_surfels_from_pictures", fail)
    found = starts.make_start(frames, None, holdout_interval=8, max_surfels=300)
    assert found.kind == "random" and len(found.surfels) == 300
    assert found.notes == ("no start from sweep: Nothing can be recognized",)
    cloud = PointCloud(np.random.default_rng(0).random((400, 3)).astype(np.float32))
    found = starts.make_start(frames, cloud, holdout_interval=8, max_surfels=300, dense=False)
    assert found.kind == "points" and len(found.surfels) == 300 and found.notes == ()
    with pytest.raises(CaptureError, match="too few points to start from: expected 100 or more"):
        starts.make_start(frames, cloud[:9], kind="points", holdout_interval=8)
    with pytest.raises(UnknownNameError, match="There is no start 'magic'"):
        starts.make_start(frames, None, kind="magic", holdout_interval=8)


def test_the_capture_is_never_changed(small_capture: Path, fitted: FitReport) -> None:
    names = set(listing(small_capture))
    assert not {name for name in names if "checkpoint" in name or "splats" in name}
