"""The run folder of a decomposition: what it holds, its inputs, and measuring it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.io import load_scene, read_boxes, read_glb, read_id_map, save
from scenewright.pipelines.decompose.run import DecomposeRun, decompose_run
from scenewright.pipelines.decompose.settings import DecomposeSettings
from scenewright.pipelines.evaluate.id_maps import evaluate_id_maps
from scenewright.pipelines.evaluate.scenes import evaluate
from scenewright.pipelines.fit_splats.run import FitRun, fit_splats_run
from scenewright.pipelines.info.run import info_run
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.runs.folder import RunFolder
from tests.pipelines.splat_run_builders import TINY, listing

pytestmark = pytest.mark.slow


def test_folder_holds_everything(decomposed: DecomposeRun) -> None:
    assert sorted(path.name for path in decomposed.folder.path.iterdir()) == [
        "background.ply", "config.json", "id_maps", "instances.json", "objects", "objects.glb",
        "objects.jpg", "points.ply", "preview.png", "report.json", "scene", "view.html",
        "views.jpg",
    ]  # fmt: skip


def test_objects_and_background_are_all_surfels(decomposed: DecomposeRun) -> None:
    scene = load_scene(decomposed.folder.path)
    assert scene.surfels is not None and scene.surfels.instance_id is not None
    ids = scene.instances.id.tolist()
    assert len(ids) >= 5
    total = 0
    for i in ids:
        alone = load_scene(decomposed.folder.path / "objects" / f"{i}.ply").surfels
        assert alone is not None
        total += len(alone)
        members = scene.surfels.instance_id == i
        assert np.array_equal(alone.means, scene.surfels.means[members])
    rest = load_scene(decomposed.folder.path / "background.ply").surfels
    assert rest is not None and total + len(rest) == len(scene.surfels)
    assert read_boxes(decomposed.folder.path / "instances.json")[0].id.tolist() == ids
    assert (
        set(read_glb(decomposed.folder.path / "objects.glb").assets)
        == set(scene.assets)
        <= set(ids)
    )
    assert set(scene.grids) == set(ids)


def test_report_and_config_are_complete(
    decomposed: DecomposeRun, fitted: FitRun, small_capture: Path
) -> None:
    report = RunFolder.open(decomposed.folder.path).report
    assert report.as_dict() == decomposed.report.as_dict()
    assert report.verb == "decompose" and report.finished and report.warnings == ()
    assert report.inputs == {
        "scene": str(fitted.folder.path.resolve()),
        "capture": str(small_capture.resolve()),
        "layout": "plain",
    }
    assert list(report.stages) == ["masks", "weights", "group", "split", "objects", "files"]
    assert report.seconds > sum(cost.seconds for cost in report.stages.values())
    results = report.results
    assert results["num_views"] == 8 and results["num_masks"] > 30
    assert results["depth_drawn"] is False and results["num_views_without_masks"] == 0
    assert set(results["num_masks_by_verdict"]) == {"matched", "under_segmented"}
    assert {"id", "score", "num_surfels", "seen_share", "num_faces"} <= set(results["objects"][0])
    config = json.loads((decomposed.folder.path / "config.json").read_text())
    assert config.pop("verb") == "decompose" and config == report.settings
    assert config["masks"] == str(small_capture / "instance")
    assert info_run(decomposed.folder.path)["objects"] == str(len(decomposed.instances))


def test_id_maps_fit_the_true_ones(decomposed: DecomposeRun, small_capture: Path) -> None:
    result = evaluate_id_maps(decomposed.folder.path, small_capture)
    assert set(result.masks) == {"all", "objects"} and set(result.stages) >= {"group"}
    assert result.masks["all"].mean_iou > 0.5
    assert "boundary mIoU" in result.tables()
    written = read_id_map(decomposed.folder.path / "id_maps" / "000003.png")
    assert written.shape == (120, 160)
    assert set(np.unique(written)) - {0} <= set(decomposed.instances.id.tolist())


def test_points_are_measured_like_those_of_segmentation(
    decomposed: DecomposeRun, small_capture: Path
) -> None:
    result = evaluate(load_scene(decomposed.folder.path), small_capture)
    assert result.covered_share > 0.2
    assert result.quality.num_predicted >= 3


def test_pictures_have_the_colors_of_objects(decomposed: DecomposeRun) -> None:
    for name in ("views.jpg", "objects.jpg", "preview.png"):
        colors = Image.open(decomposed.folder.path / name).convert("RGB").getcolors(10**7)
        assert colors is not None and len(colors) > 200


def test_segmented_instances_seed_the_objects(
    segmented: SegmentRun, capture: Path, tmp_path: Path
) -> None:
    settings = replace(TINY, steps=2, mesh=False, stride=3)
    fit_splats_run(segmented.folder.path, tmp_path / "fit", settings)
    run = decompose_run(
        tmp_path / "fit",
        tmp_path / "objects",
        DecomposeSettings(masks=str(capture / "instance"), seed_from_instances=True, meshes=False),
    )
    before = segmented.result.scene
    kept = set(run.instances.id.tolist()) & set(before.instances.id.tolist())
    assert len(kept) > 0.5 * len(run.instances)
    scene = run.result.scene
    assert scene.points is not None and len(scene.points) == len(before.points or ())


def test_splats_of_another_program_are_decomposed_with_their_capture(
    fitted: FitRun, small_capture: Path, tmp_path: Path
) -> None:
    result = decompose_run(
        fitted.folder.path / "splats.ply",
        tmp_path / "objects",
        DecomposeSettings(masks=str(small_capture / "instance"), meshes=False),
        capture=small_capture,
    )
    assert len(result.instances) >= 5


def test_nothing_of_the_inputs_is_changed(
    fitted: FitRun, small_capture: Path, tmp_path: Path
) -> None:
    scene = save(fitted.fit.scene, tmp_path / "scene")
    before = listing(scene), listing(small_capture)
    decompose_run(
        scene,
        tmp_path / "objects",
        DecomposeSettings(masks=str(small_capture / "instance"), meshes=False),
    )
    assert (listing(scene), listing(small_capture)) == before
