"""Objects: their sums and features, and the trees that join regions and judge objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import WeightsError
from scenewright.fusion.merging.agglomeration import merge_regions
from scenewright.fusion.merging.features import NUM_PAIR, PAIR_NAMES, SHAPE_NAMES
from scenewright.fusion.merging.objects import (
    NUM_FEATURES,
    OBJECT_NAMES,
    Merger,
    object_features,
    object_sums,
)
from scenewright.models.trees import BoostedTrees, save_trees
from tests.fusion.merging.merging_builders import (
    VOXEL,
    graph_of,
    joined_evidence,
    make_evidence,
    no_graph,
    random_graph,
    random_voxels,
    stump,
)

JOIN = stump(PAIR_NAMES.index("together"), 1.0, -2.0, 2.0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_sums_of_objects_are_those_of_their_voxels(seed: int) -> None:
    coords, region = random_voxels(seed, num_regions=6)
    evidence = make_evidence(6, seed=seed)
    graph = graph_of(coords, region, evidence, seed=seed)
    object_of = np.array([0, 1, 0, 2, 1, 0], np.int32)
    sums, bounds = object_sums(graph, object_of)
    for keep, gone in ((0, 2), (0, 5), (1, 4)):
        evidence = joined_evidence(evidence, keep, gone)
        region = np.where(region == gone, keep, region)
    again = graph_of(coords, region, evidence, seed=seed)
    np.testing.assert_allclose(sums, again.sums[[0, 1, 3]], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(bounds, again.bounds[[0, 1, 3]])


def test_features_of_objects_by_name() -> None:
    graph = random_graph(1)
    merged = merge_regions(graph, JOIN, least=0.5)
    rows = object_features(graph, merged)
    assert len(set(OBJECT_NAMES)) == len(OBJECT_NAMES) == rows.shape[1]
    assert np.isfinite(rows).all()
    count = np.bincount(merged.object_of)
    assert count.max() > 1 and len(rows) == len(count)
    first = [int(np.flatnonzero(merged.object_of == i)[0]) for i in range(len(count))]
    for name, expected in (
        ("num_regions", np.log(count)),
        ("certainty", merged.certainty[first]),
        ("rival", merged.rival[first]),
        ("scene_height", np.full(len(count), graph.scene[1] - graph.scene[0])),
        ("torn_share", np.full(len(count), 0.25)),
    ):
        found = rows[:, OBJECT_NAMES.index(name)]
        np.testing.assert_allclose(found, expected, rtol=1e-6, err_msg=name)
    area = np.log(object_sums(graph, merged.object_of)[0][:, 0] * VOXEL**2)
    np.testing.assert_allclose(rows[:, SHAPE_NAMES.index("area")], area, rtol=1e-6)


def write_trees(path: Path, *, pair: BoostedTrees = JOIN) -> str:
    """Reference of a file of trees: regions that were together join; large objects are real."""
    whole = stump(OBJECT_NAMES.index("num_regions"), 0.5, -1.0, 1.0)
    path.write_bytes(save_trees({"pair": pair, "whole": whole}, {"license": "Apache-2.0"}))
    return f"file:{path}"


def test_the_trees_of_a_file_join_and_judge(tmp_path: Path) -> None:
    graph = random_graph(2)
    found = Merger(write_trees(tmp_path / "a.safetensors"))(graph)
    merged = merge_regions(graph, JOIN, least=0.5)
    assert found.object_of.tolist() == merged.object_of.tolist()
    joined = np.bincount(found.object_of) > 1
    np.testing.assert_allclose(found.score, 1 / (1 + np.exp(np.where(joined, -1.0, 1.0))))
    assert len(found.role) == len(found.score)
    strict = Merger(f"file:{tmp_path / 'a.safetensors'}")(graph, least=0.95)
    assert strict.object_of.tolist() == list(range(len(graph)))


def test_no_regions_are_no_objects(tmp_path: Path) -> None:
    found = Merger(write_trees(tmp_path / "b.safetensors"))(no_graph())
    assert len(found.object_of) == len(found.score) == len(found.role) == 0


def test_trees_of_other_features_are_refused(tmp_path: Path) -> None:
    path = write_trees(tmp_path / "c.safetensors", pair=stump(NUM_PAIR, 0.0, 0.0, 0.0))
    with pytest.raises(WeightsError, match=f"on {NUM_FEATURES['pair']} features"):
        Merger(path)


def test_the_trees_in_the_wheel_fit_the_features() -> None:
    found = Merger()(random_graph(4))
    assert ((found.score > 0) & (found.score < 1)).all()
