"""Features of regions and pairs: their order, what they do not depend on, simple cases by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from scenewright.fusion.merging.boxes import BOX_NAMES, TOGETHER_NAMES
from scenewright.fusion.merging.features import (
    NUM_PAIR,
    NUM_SHAPE,
    PAIR_NAMES,
    SHAPE_NAMES,
    all_pair_features,
    eigenvalues,
    pair_features,
    shape_features,
)
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.sums import ABOVE, COUNT, UNKNOWN
from tests.fusion.merging.merging_builders import (
    VOXEL,
    graph_of,
    make_evidence,
    make_surface,
    oriented,
    random_graph,
    random_voxels,
)

SIDES = ("small", "large")
SEEDS = st.integers(0, 2**31)
Scene = tuple[NDArray[np.int64], NDArray[np.int32]]


def rows_of(graph: RegionGraph) -> NDArray[np.float32]:
    """Features of all pairs."""
    result: NDArray[np.float32] = all_pair_features(
        graph.sums, graph.bounds, graph.pairs, graph.pair_sums, graph.scene, graph.voxel_size
    )
    return result


def named(row: NDArray[np.float32]) -> dict[str, float]:
    """Features of a pair by name."""
    return dict(zip(PAIR_NAMES, map(float, row), strict=True))


def test_names_are_unique_and_complete() -> None:
    assert len(set(PAIR_NAMES)) == len(PAIR_NAMES) == NUM_PAIR
    assert PAIR_NAMES[:NUM_SHAPE] == tuple(f"small_{name}" for name in SHAPE_NAMES)
    assert PAIR_NAMES[NUM_SHAPE : 2 * NUM_SHAPE] == tuple(f"large_{name}" for name in SHAPE_NAMES)


@settings(max_examples=50, deadline=None)
@given(npst.arrays(np.float64, (3, 3), elements=st.floats(-3, 3, width=32)))
def test_eigenvalues_against_numpy(matrix: NDArray[np.float64]) -> None:
    both = matrix + matrix.T
    xx, xy, xz, yy, yz, zz = both[np.triu_indices(3)]
    found = eigenvalues(xx, xy, xz, yy, yz, zz)
    np.testing.assert_allclose(found, np.linalg.eigvalsh(both), atol=1e-6)
    assert found[0] <= found[1] + 1e-9 and found[1] <= found[2] + 1e-9


@pytest.mark.parametrize("diagonal", [(0.0, 0.0, 0.0), (2.0, 2.0, 2.0), (0.0, 0.0, 4.0)])
def test_eigenvalues_of_special_matrices(diagonal: tuple[float, float, float]) -> None:
    x, y, z = diagonal
    np.testing.assert_allclose(eigenvalues(x, 0.0, 0.0, y, 0.0, z), diagonal, atol=1e-7)


def test_every_feature_is_written_and_finite() -> None:
    graph = random_graph(3)
    row = np.full(NUM_PAIR, np.nan, np.float32)
    for (i, j), link in zip(graph.pairs, graph.pair_sums, strict=True):
        row[:] = np.nan
        pair_features(graph.sums, graph.bounds, i, j, link, graph.scene, VOXEL, row)
        assert np.isfinite(row).all(), [n for n, v in named(row).items() if not np.isfinite(v)]


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_order_of_a_pair_does_not_matter(seed: int) -> None:
    graph = random_graph(seed, num_regions=4)
    swapped, row = np.empty(NUM_PAIR, np.float32), np.empty(NUM_PAIR, np.float32)
    for (i, j), link in zip(graph.pairs, graph.pair_sums, strict=True):
        if graph.sums[i, COUNT] == graph.sums[j, COUNT]:
            continue
        pair_features(graph.sums, graph.bounds, i, j, link, graph.scene, VOXEL, row)
        other = oriented(link, flips=True)
        pair_features(graph.sums, graph.bounds, j, i, other, graph.scene, VOXEL, swapped)
        np.testing.assert_array_equal(row, swapped)
        if abs(link[ABOVE]) > 1e-3:
            pair_features(graph.sums, graph.bounds, j, i, link, graph.scene, VOXEL, swapped)
            assert named(row)["above"] == -named(swapped)["above"] != 0


def moved(scene: Scene, *, angle: float, offset: tuple[float, float, float]) -> RegionGraph:
    """The graph of a scene that was turned about the vertical axis and moved."""
    coords, region = scene
    surface, _ = make_surface(coords, region, seed=1)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    return graph_of(
        coords, region, make_evidence(4, seed=1), seed=1,
        points=(surface.points @ turn.T + offset).astype(np.float32),
        normals=(surface.normals @ turn.T).astype(np.float32),
    )  # fmt: skip


@pytest.mark.parametrize("angle", [0.0, np.pi / 2, np.pi / 16, 0.7])
def test_turning_and_moving_the_scene_changes_nothing(angle: float) -> None:
    scene = random_voxels(1, num_regions=4, side=8)
    before = rows_of(moved(scene, angle=0, offset=(0, 0, 0)))
    after = rows_of(moved(scene, angle=angle, offset=(1.5, -2.0, 0.75)))
    # Boxes along the axes are those of the turned scene only after a quarter turn, boxes at
    # multiples of a sixteenth of a half circle after such a turn.
    along_axes = ("joint_fill", "joint_size") if angle in (np.pi / 16, 0.7) else ()
    turned = BOX_NAMES + TOGETHER_NAMES if angle == 0.7 else ()
    boxes = {*along_axes, *turned, *(f"{side}_{one}" for side in SIDES for one in turned)}
    same = [i for i, name in enumerate(PAIR_NAMES) if name not in boxes]
    assert len(before) == 6
    np.testing.assert_allclose(after[:, same], before[:, same], rtol=2e-3, atol=2e-4)


def box(size: tuple[int, int, int], corner: tuple[int, int, int]) -> NDArray[np.int64]:
    """Coordinates of a full block of voxels."""
    cells = np.stack(np.meshgrid(*map(np.arange, size), indexing="ij"), axis=-1)
    moved_cells: NDArray[np.int64] = cells.reshape(-1, 3) + np.array(corner)
    return moved_cells


def table_and_cup() -> RegionGraph:
    """A red block of 4 x 4 x 4 voxels on a gray plate of 20 x 20."""
    plate, cup = box((20, 20, 1), (0, 0, 0)), box((4, 4, 4), (8, 8, 1))
    coords = np.concatenate([plate, cup])
    region = np.repeat([0, 1], [len(plate), len(cup)]).astype(np.int32)
    colors = np.where(region[:, None] == 1, [0.2, 0.8, 0.3], [0.3, 0.0, 0.0]).astype(np.float32)
    up = np.tile(np.array([0, 0, 1], np.float32), (len(coords), 1))
    points = ((coords + 0.5) * VOXEL).astype(np.float32)
    return graph_of(coords, region, colors=colors, normals=up, points=points)


def test_a_cup_on_a_table_by_hand() -> None:
    (row,) = rows_of(table_and_cup())
    found = named(row)
    expected = {
        "small_area": np.log(64 * VOXEL**2),
        "large_area": np.log(400 * VOXEL**2),
        "large_thickness": 0,
        "large_length": VOXEL * np.sqrt((20**2 - 1) / 12),
        "small_height": 3 * VOXEL,
        "large_flatness": 1,
        "large_up": 1,
        "small_color_spread": 0,
        "touch": np.log1p(144),
        "touch_of_smaller": 144 / 64,
        "touch_share": 1,
        "step_chroma": np.hypot(0.8, 0.3),
        "step_color": np.sqrt(0.1**2 + 0.8**2 + 0.3**2),
        "mean_chroma": np.hypot(0.8, 0.3),
        "mean_lightness": 0.1,
        "step_normal": 1,
        "convex": 0,
        "cosine": 1,
        "offset_near": 2.5 * VOXEL,
        "offset_far": 2.5 * VOXEL,
        "gap_above": VOXEL,
        "joint_size": 19 * VOXEL,
        "size_ratio": np.log(400 / 64),
        "distance": 2.5 * VOXEL,
        "affinity": UNKNOWN,
        "small_inner_color": 0,
        "small_inner_bend": 0,
        "edge_chroma": np.hypot(0.8, 0.3),
        "palette_overlap": 0,
        "edge_bend": 0,
        "large_box_long": 20 * VOXEL,
        "small_box_cover": 64 / 96,
        "box_growth": np.log(5),
        "box_gap": 0,
        "box_above": VOXEL,
        "footprint_overlap": 1,
        "common_faces": 1,  # the plate is thinner than faces may be apart
        "turned": 0,
        "border_on_small": 0,
        "border_on_large": 1,
        "torn_share": 0.25,
        "trust": 1.5,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=2e-3), name
    assert 0.6 < found["above"] < 1


def test_regions_that_do_not_touch_have_no_border() -> None:
    coords = np.concatenate([box((3, 3, 3), (0, 0, 0)), box((2, 2, 2), (9, 0, 0))])
    region = np.repeat([0, 1], [27, 8]).astype(np.int32)
    evidence = make_evidence(2)
    evidence.together[0, 1] = evidence.together[1, 0] = 3
    evidence.affinity[0, 1], evidence.affinity_weight[0, 1] = 1.5, 2
    (row,) = rows_of(graph_of(coords, region, evidence))
    found = named(row)
    border = ("step_color", "step_chroma", "step_normal", "convex", "above", "border_up")
    assert [found[name] for name in border] == [UNKNOWN] * 6
    assert found["touch"] == 0 and found["together"] == 3
    assert found["odds"] == pytest.approx(3.5 / 4) and found["affinity"] == 0.75


def test_features_of_one_region() -> None:
    graph = table_and_cup()
    row = np.empty(NUM_SHAPE, np.float32)
    shape_features(graph.sums[1], graph.bounds[1], graph.scene, VOXEL, row)
    found = dict(zip(SHAPE_NAMES, map(float, row), strict=True))
    (pair,) = rows_of(graph)
    assert row.tolist() == pair[:NUM_SHAPE].tolist()
    spread = VOXEL * np.sqrt((4**2 - 1) / 12)
    assert [found[n] for n in ("thickness", "width", "length")] == pytest.approx([spread] * 3)
    assert found["low"] == pytest.approx(VOXEL, abs=1e-6)
    assert found["frames"] == pytest.approx(np.log1p(2))
    assert found["edge_share"] == pytest.approx(144 / 64)
