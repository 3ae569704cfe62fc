"""Objects: their sums and features, and the trees that join regions and judge objects."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from scenewright.core import WeightsError
from scenewright.fusion.merging.agglomeration import join_regions
from scenewright.fusion.merging.dendrogram import SURE
from scenewright.fusion.merging.features import NUM_PAIR, PAIR_NAMES, all_pair_features
from scenewright.fusion.merging.objects import (
    FEATURES,
    OBJECT_NAMES,
    WEIGHTS,
    Merger,
    choose_objects,
    object_features,
    object_sums,
)
from scenewright.models.trees import BoostedTrees, read_trees, save_trees
from scenewright.models.weights import resolve_weights
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


def test_features_of_nodes_by_name() -> None:
    graph = random_graph(1)
    tree = join_regions(graph, JOIN, least=0.5)
    rows = object_features(graph, tree)
    assert rows.shape == (len(tree.counts), len(OBJECT_NAMES)) and len(tree.children) > 1
    assert len(set(OBJECT_NAMES)) == len(OBJECT_NAMES) and np.isfinite(rows).all()
    num = len(graph)
    for name, expected in (
        ("made", np.concatenate([np.full(num, SURE), tree.odds])),
        ("scene_height", np.full(len(rows), graph.scene[1] - graph.scene[0])),
        ("torn_share", np.full(len(rows), 0.25)),
        ("area", np.log(tree.counts * VOXEL**2)),
        ("num_regions", np.log(tree.sum_of_regions(np.ones(num)))),
    ):
        found = rows[:, OBJECT_NAMES.index(name)]
        np.testing.assert_allclose(found, expected, rtol=1e-6, err_msg=name)


def write_trees(path: Path, *, pair: BoostedTrees = JOIN) -> str:
    """Reference of a file of trees: regions that were together join; large objects are real."""
    whole = stump(OBJECT_NAMES.index("num_regions"), 0.5, -1.0, 1.0)
    path.write_bytes(save_trees({"pair": pair, "whole": whole}, {}, features=FEATURES))
    return f"file:{path}"


def test_the_trees_of_a_file_join_and_judge(tmp_path: Path) -> None:
    graph = random_graph(2)
    found = Merger(write_trees(tmp_path / "a.safetensors"))(graph)
    tree = join_regions(graph, JOIN, least=0.05)
    assert len(tree.children) > 1
    for one in range(found.object_of.max() + 1):
        joined = int((found.object_of == one).sum()) > 1
        np.testing.assert_allclose(found.score[one], 1 / (1 + np.exp(-1.0 if joined else 1.0)))
    assert len(found.role) == len(found.score)
    strict = Merger(f"file:{tmp_path / 'a.safetensors'}")(graph, least=0.95)
    assert strict.object_of.tolist() == list(range(len(graph)))


def test_a_higher_cost_joins_more() -> None:
    graph = random_graph(2)
    graph.sums[:, 0] = 100  # voxels, so that each region could be an object
    unsure = stump(OBJECT_NAMES.index("num_regions"), 0.5, 0.4, 0.2)
    numbers = [
        int(choose_objects(graph, JOIN, unsure, least=0.05, cost=cost)[0].max()) + 1
        for cost in (0.0, 0.5, 0.7)
    ]
    # Two parts are worth more than their union unless listing costs more than it is worth.
    assert numbers[0] == len(graph) and numbers[1] == len(graph) and numbers[2] < numbers[1]


def test_no_regions_are_no_objects(tmp_path: Path) -> None:
    found = Merger(write_trees(tmp_path / "b.safetensors"))(no_graph())
    assert len(found.object_of) == len(found.score) == len(found.role) == 0


def test_trees_of_other_features_are_refused(tmp_path: Path) -> None:
    path = write_trees(tmp_path / "c.safetensors", pair=stump(NUM_PAIR, 0.0, 0.0, 0.0))
    with pytest.raises(WeightsError, match=f"on {NUM_PAIR} features"):
        Merger(path)


def test_the_trees_in_the_wheel_fit_the_features() -> None:
    found = Merger()(random_graph(4))
    assert ((found.score > 0) & (found.score < 1)).all()


def test_the_trees_in_the_wheel_get_the_features_they_name() -> None:
    path = resolve_weights(WEIGHTS, backend="merging", license_name="Apache-2.0", sha256=None).path
    with safe_open(path, framework="numpy") as file:
        columns = {part.name: file.get_tensor(f"pair.{part.name}") for part in fields(BoostedTrees)}
        names = json.loads(file.metadata()["features.pair"])
    as_stored = BoostedTrees(**columns)
    loaded = read_trees(path, features=FEATURES)["pair"]
    graph = random_graph(4)
    rows = all_pair_features(
        graph.sums, graph.bounds, graph.pairs, graph.pair_sums, graph.scene, graph.voxel_size
    )
    some = np.ascontiguousarray(rows[:, [PAIR_NAMES.index(name) for name in names]])
    np.testing.assert_array_equal(loaded(rows), as_stored(some))
    assert len(np.unique(loaded(rows))) > 5
