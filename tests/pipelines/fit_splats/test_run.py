"""The run folder of a fit: what it holds, and resuming after an interruption."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import CaptureError, FormatError, OutputError
from scenewright.io import load_scene, read_ply_mesh
from scenewright.pipelines.evaluate.meshes import evaluate_mesh
from scenewright.pipelines.evaluate.pictures import evaluate_pictures
from scenewright.pipelines.fit_splats.run import FitRun, fit_splats_run
from scenewright.pipelines.fit_splats.settings import FitSettings
from scenewright.pipelines.info.run import info_run
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.runs.folder import RunFolder
from scenewright.splats.fitting.config import FitConfig
from scenewright.splats.fitting.fitter import Fitter
from tests.pipelines.splat_run_builders import TINY, listing

pytestmark = pytest.mark.slow


def test_folder_holds_everything(fitted: FitRun) -> None:
    folder = fitted.folder.path
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json", "mesh.glb", "mesh.ply", "preview.png", "report.json", "scene",
        "splats.ply", "views.jpg",
    ]  # fmt: skip
    assert not folder.with_name("fit.unfinished").exists()


def test_all_files_hold_the_same_surfels(fitted: FitRun) -> None:
    folder = fitted.folder.path
    scene, splats = load_scene(folder), load_scene(folder / "splats.ply")
    assert scene.surfels is not None and splats.surfels is not None and scene.views is not None
    assert np.array_equal(scene.surfels.means, splats.surfels.means)
    assert len(scene.surfels) == len(fitted.fit.surfels) <= 4000
    assert fitted.fit.mesh is not None
    assert len(read_ply_mesh(folder / "mesh.ply").faces) == len(fitted.fit.mesh.faces) > 1000
    assert scene.up is not None and len(scene.views) == 8


def test_report_is_complete_and_the_fit_resembles_the_room(
    fitted: FitRun, small_capture: Path
) -> None:
    report = RunFolder.open(fitted.folder.path).report
    assert report.as_dict() == fitted.report.as_dict()
    assert report.verb == "fit-splats" and report.finished and report.warnings == ()
    assert report.inputs == {
        "capture": str(small_capture.resolve()), "layout": "plain", "run": None,
    }  # fmt: skip
    assert list(report.stages) == ["read", "start", "fit", "measure", "mesh", "files"]
    assert report.seconds > sum(cost.seconds for cost in report.stages.values())
    assert report.peak_memory_mb is not None and report.peak_memory_mb > 0
    results = report.results
    assert (results["start"], results["num_views"], results["num_steps"]) == ("depth", 8, 12)
    written = json.loads((fitted.folder.path / "report.json").read_text())
    assert written["held_out"] == ["000000", "000004"] == sorted(results["psnr_by_view"])
    assert report.held_out == ("000000", "000004")
    assert results["psnr"] > 17
    config = json.loads((fitted.folder.path / "config.json").read_text())
    assert config["preset"]["holdout_interval"] == 4 and config["seed"] == 0


def test_views_picture_shows_photograph_and_drawing_side_by_side(fitted: FitRun) -> None:
    whole = Image.open(fitted.folder.path / "views.jpg").convert("L")
    (photo, _), (drawn, other) = (
        [
            np.asarray(whole.crop((x, y, x + 310, y + 210)).resize((31, 21), Image.Resampling.BOX))
            for y in (50, 296)
        ]
        for x in (10, 336)
    )
    alike, different = (np.corrcoef(photo.ravel(), p.ravel())[0, 1] for p in (drawn, other))
    assert alike > 0.5 and alike > different + 0.2


def test_evaluation_measures_the_psnr_of_the_report(fitted: FitRun) -> None:
    found = evaluate_pictures(fitted.folder.path).images["held-out views"]
    assert found.psnr == pytest.approx(fitted.fit.quality.psnr, abs=0.05)
    assert found.num_images == 2 and found.lpips is None


def test_mesh_lies_on_the_true_surface(fitted: FitRun, small_capture: Path) -> None:
    result = evaluate_mesh(fitted.folder.path, small_capture, threshold=0.1).meshes["mesh"]
    assert result.precision[0.1] > 0.7


def test_info_describes_the_run(fitted: FitRun) -> None:
    facts = info_run(fitted.folder.path)
    assert facts["verb"] == "fit-splats" and facts["views"] == "8, of which 2 held out"


@pytest.fixture
def interrupted(small_capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Path of a run that was interrupted after 8 steps, with a checkpoint at 5."""
    step = Fitter.step

    def failing(self: Fitter, **options: float | None) -> object:
        if self.num_steps == 8:
            raise KeyboardInterrupt
        return step(self, **options)

    with monkeypatch.context() as patch:
        patch.setattr("scenewright.pipelines.fit_splats.steps.CHECKPOINT_INTERVAL", 5)
        patch.setattr(Fitter, "step", failing)
        with pytest.raises(KeyboardInterrupt):
            fit_splats_run(small_capture, tmp_path / "run", TINY)
    assert [path.name for path in tmp_path.iterdir()] == ["run.unfinished"]
    return tmp_path / "run"


def test_a_resumed_fit_ends_with_the_same_surfels(
    interrupted: Path, small_capture: Path, fitted: FitRun
) -> None:
    with pytest.raises(OutputError) as caught:
        fit_splats_run(small_capture, interrupted, TINY)
    assert str(caught.value) == (
        f"There is an unfinished run: {interrupted}.unfinished: expected no checkpoint, or "
        "--resume (resume=True) to continue it, got the file checkpoint.safetensors. Add --resume "
        "to continue it, or --overwrite to start over."
    )
    run = fit_splats_run(small_capture, interrupted, TINY, resume=True)
    assert [path.name for path in interrupted.parent.iterdir()] == ["run"]
    assert run.fit.start == "a checkpoint" and run.fit.num_steps == 12
    assert run.report.results["num_start_surfels"] is None
    assert np.array_equal(run.fit.surfels.means, fitted.fit.surfels.means)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "expected seed 0, got seed 1"),
        ({"steps": 13}, "expected preset.num_steps 12, got preset.num_steps 13"),
        ({"max_width": 80}, "expected max_width 1600, got max_width 80"),
        (
            {"preset": FitConfig()},
            "expected preset.dense_start True, got preset.dense_start False",
        ),
    ],
)
def test_a_fit_is_not_resumed_with_other_settings(
    interrupted: Path, small_capture: Path, changes: dict[str, object], message: str
) -> None:
    other = replace(TINY, **changes)  # type: ignore[arg-type]
    with pytest.raises(FormatError) as caught:
        fit_splats_run(small_capture, interrupted, other, resume=True)
    assert str(caught.value) == (
        f"{interrupted}.unfinished was made with other settings: {message}. "
        "Use the same input and options as before."
    )


def test_a_fit_is_not_resumed_with_another_capture(
    interrupted: Path, small_capture: Path, capture: Path
) -> None:
    with pytest.raises(FormatError) as caught:
        fit_splats_run(capture, interrupted, TINY, resume=True)
    assert str(caught.value) == (
        f"{interrupted}.unfinished was made with other settings: expected capture "
        f"{small_capture.resolve()}, got capture {capture.resolve()}. "
        "Use the same input and options as before."
    )


def test_limits_of_time_and_meshes_may_change_on_resuming(
    interrupted: Path, small_capture: Path
) -> None:
    other = replace(TINY, max_minutes=60.0, mesh=False, threads=1)
    run = fit_splats_run(small_capture, interrupted, other, resume=True)
    assert run.fit.num_steps == 12 and run.fit.mesh is None


def test_nothing_to_resume(small_capture: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        fit_splats_run(small_capture, tmp_path / "run", TINY, resume=True)
    assert str(caught.value) == (
        f"There is no run to resume: {tmp_path / 'run.unfinished' / 'checkpoint.safetensors'}: "
        "expected the checkpoint of a run that was interrupted, got no such file. Omit --resume "
        "to start a new run."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_segmented_run_is_fitted_and_keeps_its_instances(
    segmented: SegmentRun, tmp_path: Path
) -> None:
    settings = replace(TINY, steps=2, mesh=False, stride=3)
    run = fit_splats_run(segmented.folder.path, tmp_path / "run", settings)
    scene, fit = segmented.result.scene, run.fit
    assert run.report.inputs["run"] == str(segmented.folder.path.resolve())
    assert fit.scene.instances.id.tolist() == scene.instances.id.tolist()
    assert fit.scene.points is not None and fit.surfels.instance_id is not None
    known = fit.surfels.instance_id > 0
    assert known.mean() > 0.3
    assert [step.name for step in fit.scene.provenance] == ["segment", "fit-splats"]


def test_faint_surfels_make_a_run_too(small_capture: Path, tmp_path: Path) -> None:
    settings = FitSettings(
        preset="preview", steps=1, start="random", mesh=False, max_surfels=200, stride=4
    )
    run = fit_splats_run(small_capture, tmp_path / "run", settings)
    assert run.fit.surfels.opacities.max() < 0.3
    assert (tmp_path / "run" / "preview.png").is_file()


def test_the_capture_is_never_changed(small_capture: Path, fitted: FitRun) -> None:
    names = set(listing(small_capture))
    assert not {name for name in names if "checkpoint" in name or "splats" in name}


def test_errors_of_the_check_stop_a_fit_unless_it_is_skipped(
    small_capture: Path, tmp_path: Path
) -> None:
    room = Path(shutil.copytree(small_capture, tmp_path / "room"))
    for path in (room / "color").iterdir():
        picture = Image.open(path).transpose(Image.Transpose.ROTATE_90)
        picture.save(path)
    shutil.rmtree(room / "depth")
    with pytest.raises(CaptureError, match=r"--skip-check fits it anyway\.$"):
        fit_splats_run(room, tmp_path / "run", TINY)
    assert not (tmp_path / "run").exists() and not (tmp_path / "run.unfinished").exists()


def test_warnings_of_the_check_are_those_of_the_run(small_capture: Path, tmp_path: Path) -> None:
    room = Path(shutil.copytree(small_capture, tmp_path / "room"))
    shutil.rmtree(room / "depth")
    np.savetxt(room / "pose" / "000001.txt", np.full((4, 4), np.nan))
    run = fit_splats_run(room, tmp_path / "run", TINY)
    codes = [line.split("]")[0].strip("[") for line in run.report.warnings]
    assert any(code.startswith("pose") for code in codes) and "no-depth" not in codes
    skipped = fit_splats_run(room, tmp_path / "other", replace(TINY, skip_check=True))
    assert not any(line.startswith("[pose") for line in skipped.report.warnings)
