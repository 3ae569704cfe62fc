"""Vectors of objects from a run: several widths of the best views, kept in the scene folder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import UnknownNameError
from scenewright.io import load_scene, save
from scenewright.models.crops import GROWTHS
from scenewright.models.instance_features import InstanceFeatures
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.pipelines.sources.instance_features import instance_features
from tests.language.language_builders import make_room


@pytest.fixture(scope="module")
def run(segmented: SegmentRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("features") / "run"
    shutil.copytree(segmented.folder.path, folder)
    return folder


@pytest.fixture(scope="module")
def features(run: Path) -> InstanceFeatures:
    return instance_features(run, views=2)


def test_several_widths_of_each_view(run: Path, features: InstanceFeatures) -> None:
    table = load_scene(run).instances
    assert features.id.tolist() == table.id[~table.is_stuff].tolist()
    assert features.views.shape[1] == 2 * len(GROWTHS) == features.level.shape[1]
    assert features.level[0].tolist() == [0, 1, 2, 0, 1, 2]
    lengths = np.linalg.norm(features.views, axis=2)
    assert np.allclose(lengths[features.known], 1, atol=1e-4) and features.known.any()
    assert not lengths[~features.known].any() and not features.seen[~features.known].any()
    assert (features.seen[:, 0][features.known[:, 0]] == 1).all()
    wide, narrow = features.views[:, 2], features.views[:, 0]
    assert np.abs(wide - narrow).max() > 0.01, "widths differ"
    assert np.linalg.norm(features.shape, axis=1).max() > 0
    assert (features.shape_model, features.view_model) == ("names/tiny", "plain")


def test_they_are_kept_until_the_scene_changes(
    run: Path, features: InstanceFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = run / "scene" / "cache" / "features-plain.npz"
    made = path.stat().st_mtime_ns
    again = instance_features(run, views=2)
    assert path.stat().st_mtime_ns == made
    assert np.array_equal(again.views, features.views)
    path.write_bytes(b"half a file")
    assert np.array_equal(instance_features(run, views=2).views, features.views)
    other = instance_features(run, views=1)
    assert other.views.shape[1] == len(GROWTHS) and path.stat().st_mtime_ns != made
    scene = load_scene(run / "scene")
    renamed = replace(scene.instances, label=("thing",) * len(scene.instances))
    text = (run / "scene" / "scene.json").read_text()
    try:
        save(replace(scene, instances=renamed), run / "scene", overwrite=True)
        assert not path.exists()
        assert instance_features(run, views=2).views.shape == features.views.shape
    finally:
        (run / "scene" / "scene.json").write_text(text)


def test_scenes_without_images_have_shapes_alone(tmp_path: Path) -> None:
    save(make_room(), tmp_path / "room")
    found = instance_features(tmp_path / "room")
    assert found.views.shape[:2] == (10, 0) and found.shape.any(axis=1).all()
    assert found.views.shape[2] > 10
    in_memory = instance_features(make_room())
    assert np.allclose(in_memory.shape, found.shape, atol=1e-3)
    assert (tmp_path / "room" / "cache" / "features-plain.npz").is_file()


def test_an_unknown_encoder() -> None:
    with pytest.raises(UnknownNameError, match="embed/klip"):
        instance_features(make_room(), encoder="embed/klip")
