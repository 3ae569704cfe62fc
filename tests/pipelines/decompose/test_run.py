"""Surfels become objects: the run folder, ids, pictures, seeds, and measuring them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.data import open_capture
from scenewright.io import load_scene, read_boxes, read_glb, read_id_map, save
from scenewright.pipelines import (
    DecomposeReport,
    DecomposeSettings,
    FitReport,
    RenderSettings,
    RunReport,
    decompose,
    decompose_run,
    decompose_scene,
    describe_any,
    evaluate,
    evaluate_id_maps,
    fit_splats_run,
    read_report,
    render_run,
)
from tests.pipelines.splat_run_builders import TINY, listing

pytestmark = pytest.mark.slow


def test_folder_holds_everything(decomposed: DecomposeReport) -> None:
    assert sorted(path.name for path in decomposed.run.iterdir()) == [
        "background.ply", "config.json", "id_maps", "instances.json", "objects", "objects.glb",
        "objects.jpg", "points.ply", "preview.png", "report.json", "scene", "views.jpg",
    ]  # fmt: skip


def test_objects_and_background_are_all_surfels(decomposed: DecomposeReport) -> None:
    scene = load_scene(decomposed.run)
    assert scene.surfels is not None and scene.surfels.instance_id is not None
    ids = scene.instances.id.tolist()
    assert len(ids) >= 5
    total = 0
    for i in ids:
        alone = load_scene(decomposed.run / "objects" / f"{i}.ply").surfels
        assert alone is not None
        total += len(alone)
        own = scene.surfels.means[scene.surfels.instance_id == i]
        assert np.array_equal(alone.means, own)
    rest = load_scene(decomposed.run / "background.ply").surfels
    assert rest is not None and total + len(rest) == len(scene.surfels)
    assert read_boxes(decomposed.run / "instances.json")[0].id.tolist() == ids
    assert set(read_glb(decomposed.run / "objects.glb").assets) == set(scene.assets) <= set(ids)
    assert set(scene.grids) == set(ids)


def test_report_tells_masks_stages_and_objects(decomposed: DecomposeReport) -> None:
    value = read_report(decomposed.run)
    assert value["verb"] == "decompose" and value["num_views"] == 8
    assert value["num_masks"] > 30 and not value["depth_drawn"]
    assert list(value["stages"]) == ["masks", "weights", "group", "split", "objects"]
    assert {"id", "score", "num_surfels", "seen_share", "num_faces"} <= set(value["objects"][0])
    assert describe_any(decomposed.run)["verb"] == "decompose"


def test_id_maps_fit_the_true_ones(decomposed: DecomposeReport, small_capture: Path) -> None:
    result = evaluate_id_maps(decomposed.run, small_capture)
    assert set(result.masks) == {"all", "objects"} and set(result.stages) >= {"group"}
    assert result.masks["all"].mean_iou > 0.5
    assert "boundary mIoU" in result.tables()
    own = read_id_map(decomposed.run / "id_maps" / "000003.png")
    assert own.shape == (120, 160)
    assert set(np.unique(own)) - {0} <= set(decomposed.instances.id.tolist())


def test_points_are_measured_like_those_of_segmentation(
    decomposed: DecomposeReport, small_capture: Path
) -> None:
    result = evaluate(load_scene(decomposed.run), small_capture)
    assert result.covered_share > 0.2
    assert result.quality.num_predicted >= 3


def test_pictures_have_the_colors_of_objects(decomposed: DecomposeReport) -> None:
    for name in ("views.jpg", "objects.jpg", "preview.png"):
        colors = Image.open(decomposed.run / name).convert("RGB").getcolors(10**7)
        assert len(colors) > 200


def test_masks_that_are_tracks_keep_their_ids(fitted: FitReport, small_capture: Path) -> None:
    scene = decompose(
        fitted.fit.scene, small_capture, masks=small_capture / "instance", tracks=True
    )
    truth = np.unique([read_id_map(p) for p in (small_capture / "instance").iterdir()])
    assert set(scene.instances.id.tolist()) <= set(truth.tolist())


def test_features_are_unit_vectors_and_fill_gaps(fitted: FitReport, small_capture: Path) -> None:
    settings = DecomposeSettings(
        masks=small_capture / "instance", features=True, feature_steps=20, meshes=False
    )
    found = decompose_scene(fitted.fit.scene, small_capture, settings)
    assert found.scene.surfels is not None and found.scene.surfels.features is not None
    lengths = np.linalg.norm(found.scene.surfels.features, axis=1)
    assert np.allclose(lengths, 1, atol=1e-4)
    assert "features" in found.stages


def test_default_masks_use_the_depth_of_the_surfels_where_there_is_none(
    fitted: FitReport, small_capture: Path
) -> None:
    frames = [replace(frame, depth=None) for frame in open_capture(small_capture)]
    found = decompose_scene(
        fitted.fit.scene,
        frames,  # type: ignore[arg-type]
        DecomposeSettings(meshes=False),
    )
    assert found.depth_drawn and len(found.objects) >= 2


def test_segmented_instances_seed_the_objects(
    report: RunReport, capture: Path, tmp_path: Path
) -> None:
    settings = replace(TINY, steps=2, mesh=False)
    fit_splats_run(report.run, tmp_path / "fit", settings=settings, stride=3)
    result = decompose_run(
        tmp_path / "fit",
        tmp_path / "objects",
        settings=DecomposeSettings(
            masks=capture / "instance", seed_from_instances=True, meshes=False
        ),
    )
    before = report.segmentation.scene
    kept = set(result.instances.id.tolist()) & set(before.instances.id.tolist())
    assert len(kept) > 0.5 * len(result.instances)
    scene = result.result.scene
    assert scene.points is not None and len(scene.points) == len(before.points or ())


def test_splats_of_another_program_are_decomposed_with_their_capture(
    fitted: FitReport, small_capture: Path, tmp_path: Path
) -> None:
    result = decompose_run(
        fitted.run / "splats.ply",
        tmp_path / "objects",
        capture=small_capture,
        settings=DecomposeSettings(masks=small_capture / "instance", meshes=False),
    )
    assert len(result.instances) >= 5


def test_views_and_turns_are_drawn(decomposed: DecomposeReport, tmp_path: Path) -> None:
    settings = RenderSettings(views=("000002", "-1"), width=80, turntable=True, num_frames=3)
    report = render_run(decomposed.run, tmp_path / "pictures", settings)
    assert report.files == (
        "000002.color.png", "000002.depth.png", "000002.normals.png", "000002.ids.png",
        "000007.color.png", "000007.depth.png", "000007.normals.png", "000007.ids.png",
        "turntable.gif",
    )  # fmt: skip
    for name in report.files[:-1]:
        assert Image.open(report.folder / name).size == (80, 60)
    turn = Image.open(report.folder / "turntable.gif")
    assert getattr(turn, "n_frames", 1) == 3 and turn.size == (80, 60)
    assert len(np.unique(np.asarray(turn.convert("RGB")).reshape(-1, 3), axis=0)) > 20


def test_without_and_only_divide_the_picture(decomposed: DecomposeReport, tmp_path: Path) -> None:
    largest = int(decomposed.instances.id[decomposed.instances.num_points.argmax()])
    number = int(np.argmax([
        (decomposed.result.id_map(i) == largest).sum() for i in range(8)
    ]))  # fmt: skip
    shown = {}
    for name, options in (
        ("all", {}), ("without", {"without": (largest,)}), ("only", {"only": (largest,)}),
    ):  # fmt: skip
        settings = RenderSettings(views=(str(number),), kinds=("ids",), **options)  # type: ignore[arg-type]
        render_run(decomposed.run, tmp_path / name, settings)
        shown[name] = np.asarray(Image.open(next((tmp_path / name).glob("*.ids.png"))))
    inside = decomposed.result.id_map(number) == largest
    changed = (shown["without"] != shown["all"]).any(axis=2)
    assert changed[inside].mean() > 0.9
    assert (shown["only"][~inside].sum(axis=1) < shown["all"][~inside].sum(axis=1)).mean() > 0.5


def test_nothing_of_the_inputs_is_changed(
    fitted: FitReport, small_capture: Path, tmp_path: Path
) -> None:
    place = save(fitted.fit.scene, tmp_path / "scene")
    before = listing(place), listing(small_capture)
    decompose_run(
        place,
        tmp_path / "objects",
        settings=DecomposeSettings(masks=small_capture / "instance", meshes=False),
    )
    assert (listing(place), listing(small_capture)) == before
