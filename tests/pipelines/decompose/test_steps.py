"""Decomposition in memory: kinds of masks, sources of frames, features, and what is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import (
    CaptureError,
    ConventionError,
    Frame,
    FrameList,
    InstanceTable,
    MaskSet,
    Scene,
    UnknownNameError,
)
from scenewright.data import open_capture
from scenewright.io import read_id_map
from scenewright.pipelines.decompose.run import DecomposeRun
from scenewright.pipelines.decompose.settings import DecomposeSettings
from scenewright.pipelines.decompose.steps import decompose, decompose_scene
from scenewright.pipelines.fit_splats.run import FitRun
from scenewright.splats.decomposition import ClusterConfig, PublishedConfig, cluster_preset

pytestmark = pytest.mark.slow


class TrueMasks:
    """Finds the masks of a frame in a folder of id maps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def propose(self, frame: Frame) -> MaskSet | None:
        return MaskSet.from_id_map(read_id_map(self.folder / f"{frame.name}.png"))


class NoMasks:
    """Finds nothing."""

    def propose(self, frame: Frame) -> MaskSet | None:
        return MaskSet.empty(*frame.camera.size)


def test_tracks_keep_their_ids(fitted: FitRun, small_capture: Path) -> None:
    scene = decompose(
        fitted.fit.scene, small_capture, masks=small_capture / "instance", tracks=True
    )
    truth = np.unique([read_id_map(p) for p in (small_capture / "instance").iterdir()])
    assert len(scene.instances) >= 5
    assert set(scene.instances.id.tolist()) <= set(truth.tolist())


def test_labels_of_masks_reach_the_objects(
    fitted: FitRun, small_capture: Path, tmp_path: Path
) -> None:
    truth = json.loads((small_capture / "instances.json").read_text("utf-8"))
    names = {row["id"]: row["category"] for row in truth["instances"]}
    masks = Path(shutil.copytree(small_capture / "instance", tmp_path / "masks"))
    (masks / "labels.json").write_text(json.dumps(names))
    settings = DecomposeSettings(masks=str(masks), meshes=False, split=False)
    found = decompose_scene(fitted.fit.scene, open_capture(small_capture), settings)
    assert len(found.scene.instances) >= 5
    for row in found.scene.instances:
        mine = found.clusters.mask_id[found.clusters.mask_object == row.id].tolist()
        assert row.label in {names[i] for i in mine} and row.label == next(iter(row.label_scores))
        if len(set(mine)) == 1:
            assert dict(row.label_scores) == {names[mine[0]]: 1.0}


def test_masks_of_an_object_and_a_preset_of_settings_are_taken(
    fitted: FitRun, decomposed: DecomposeRun, small_capture: Path
) -> None:
    frames = list(open_capture(small_capture))
    preset = cluster_preset("default")
    assert isinstance(preset, ClusterConfig)
    masks = TrueMasks(small_capture / "instance")
    scene = decompose(fitted.fit.scene, frames, masks=masks, preset=preset)
    same = decomposed.result.scene
    assert scene.instances.id.tolist() == same.instances.id.tolist()
    config = scene.provenance[-1].config
    assert config["masks"] == "TrueMasks" and config["capture"] is None
    assert config["preset"] == same.provenance[-1].config["preset"]


def test_features_are_unit_vectors_and_fill_gaps(fitted: FitRun, small_capture: Path) -> None:
    settings = DecomposeSettings(
        masks=str(small_capture / "instance"), features=True, feature_steps=20, meshes=False
    )
    found = decompose_scene(fitted.fit.scene, open_capture(small_capture), settings)
    assert found.scene.surfels is not None and found.scene.surfels.features is not None
    lengths = np.linalg.norm(found.scene.surfels.features, axis=1)
    assert np.allclose(lengths, 1, atol=1e-4)
    assert "features" in found.stages


def test_default_masks_use_the_depth_of_the_surfels_where_there_is_none(
    fitted: FitRun, small_capture: Path
) -> None:
    frames = [replace(frame, depth=None) for frame in open_capture(small_capture)]
    found = decompose_scene(fitted.fit.scene, FrameList(frames), DecomposeSettings(meshes=False))
    assert found.depth_drawn and len(found.objects) >= 2
    assert not found.scene.assets


def test_no_masks(fitted: FitRun, small_capture: Path) -> None:
    with pytest.raises(CaptureError) as caught:
        decompose(fitted.fit.scene, small_capture, masks=NoMasks())
    assert str(caught.value) == (
        "No mask was found in any of 8 views: expected masks of objects that are visible in "
        "several views, got none "
        "from NoMasks. Choose other masks (--masks); 'scenewright models list' shows the backends."
    )


def test_instances_to_begin_with_are_missing(fitted: FitRun, small_capture: Path) -> None:
    settings = DecomposeSettings(masks=str(small_capture / "instance"), seed_from_instances=True)
    with pytest.raises(ConventionError, match="The scene has no instances to start from"):
        decompose_scene(fitted.fit.scene, open_capture(small_capture), settings)


def test_scenes_and_presets_that_cannot_be_used(fitted: FitRun, small_capture: Path) -> None:
    with pytest.raises(ConventionError, match="The scene has no surfels"):
        decompose(Scene(InstanceTable.empty()), small_capture)
    with pytest.raises(ConventionError, match="The scene has no views"):
        decompose(replace(fitted.fit.scene, views=None), small_capture)
    with pytest.raises(UnknownNameError, match="expected one of default, published"):
        decompose(fitted.fit.scene, small_capture, preset="magic")
    with pytest.raises(ConventionError, match="a name or a ClusterConfig or PublishedConfig"):
        decompose(fitted.fit.scene, small_capture, preset=3)  # type: ignore[arg-type]
    with pytest.raises(CaptureError, match="The scene was not made from this capture"):
        decompose(fitted.fit.scene, list(open_capture(small_capture))[:3])


def test_published_settings_are_taken(fitted: FitRun, small_capture: Path) -> None:
    settings = DecomposeSettings(
        masks=str(small_capture / "instance"), preset=PublishedConfig(), meshes=False, split=False
    )
    found = decompose_scene(fitted.fit.scene, open_capture(small_capture), settings)
    assert found.config == PublishedConfig() and found.num_split == 0
    assert "split" not in found.stages
