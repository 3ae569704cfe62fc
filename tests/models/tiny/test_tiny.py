"""The network on numpy against torch, its features, and how affinities become regions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from scenewright.core import Camera, CaptureError, Frame, WeightsError
from scenewright.models.surfaces.grid import fit_surface_grid
from scenewright.models.tiny.design import OFFSETS, NetworkDesign
from scenewright.models.tiny.features import NUM_FEATURES, frame_features
from scenewright.models.tiny.grouping import (
    GroupingConfig,
    add_pairs,
    blend_surfaces,
    group_cells,
    join_regions,
    spread_labels,
)
from scenewright.models.tiny.network import AffinityPredictor, expected_shapes
from scenewright.models.tiny.tiny_rgbd import TinyRgbdMasks

SMALL = NetworkDesign(widths=(8, 12, 16), blocks=(1, 1, 2))


def random_weights(design: NetworkDesign, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    return {
        name: (0.2 * rng.standard_normal(shape)).astype(np.float32)
        for name, shape in expected_shapes(design).items()
    }


@pytest.mark.parametrize("size", [(32, 48), (30, 44), (46, 34)])
def test_numpy_gives_what_torch_gives(size: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    from scenewright.training.tasks.masks.network import AffinityNetwork

    torch.manual_seed(1)
    network = AffinityNetwork(SMALL)
    features = np.random.default_rng(0).standard_normal((*size, NUM_FEATURES)).astype(np.float32)
    batch = torch.from_numpy(features.transpose(2, 0, 1).copy())[None]
    for _ in range(3):  # gives the normalization means and spreads of its own
        network(batch + torch.randn(batch.shape))
    network.eval()
    with torch.no_grad():
        expected = torch.sigmoid(network(batch))[0].permute(1, 2, 0).numpy()
    got = AffinityPredictor(network.export(), SMALL)(features)
    assert got.shape == (size[0] // 2, size[1] // 2, len(OFFSETS))
    np.testing.assert_allclose(got, expected, atol=2e-5)
    assert got.std() > 0.01


def test_exported_weights_survive_a_file_whatever_their_layout(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from scenewright.training.tasks.masks.network import AffinityNetwork

    network = AffinityNetwork(SMALL).to(memory_format=torch.channels_last).eval()
    exported = network.export()
    save_file(exported, tmp_path / "weights.safetensors")
    stored = load_file(tmp_path / "weights.safetensors")
    plain = AffinityNetwork(SMALL).eval()
    plain.load_state_dict(network.state_dict())
    for name, value in plain.export().items():
        np.testing.assert_array_equal(stored[name], value)


def test_weights_of_another_network_are_refused() -> None:
    weights = random_weights(SMALL)
    missing = {name: value for name, value in weights.items() if name != "stem.bias"}
    with pytest.raises(WeightsError) as caught:
        AffinityPredictor(missing, SMALL)
    assert str(caught.value) == (
        "Weight 'stem.bias' of the affinity network: expected (8,), got none"
    )
    with pytest.raises(WeightsError) as caught:
        AffinityPredictor({**weights, "extra": np.zeros(3, np.float32)}, SMALL)
    assert str(caught.value) == (
        "Weight 'extra' of the affinity network: expected no such weight, got (3,)"
    )
    weights["head.bias"] = np.zeros(3, np.float32)
    with pytest.raises(WeightsError, match=r"'head.bias'.*expected \(14,\), got \(3,\)"):
        AffinityPredictor(weights, SMALL)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(WeightsError, match="expected a safetensors file of the affinity network"):
        AffinityPredictor.from_file(path)
    with pytest.raises(WeightsError, match="expected a safetensors file of the affinity network"):
        AffinityPredictor.from_file(tmp_path / "none.safetensors")


# ---- features ---------------------------------------------------------------------------------

CAMERA = Camera.from_focal(260, 260, 160, 120, width=320, height=240)


def scene_frame(scale: float = 1.0) -> Frame:
    """A wall at 2 m and a box before its right half."""
    depth = np.full((240, 320), 2.0, np.float32)
    depth[80:200, 180:260] = 1.5
    image = np.full((240, 320, 3), 120, np.uint8)
    image[80:200, 180:260] = (200, 40, 40)
    return Frame(0, CAMERA, None, image=image, depth=depth * np.float32(scale))


def test_features_of_a_step() -> None:
    features = frame_features(fit_surface_grid(scene_frame(), step=1))
    assert features.shape == (240, 320, NUM_FEATURES)
    middle = (slice(100, 180), slice(60, 120))
    np.testing.assert_allclose(features[middle][..., 5:8].mean(axis=(0, 1)), (0, 0, -1), atol=1e-3)
    assert np.abs(features[middle][..., 8:12]).max() < 0.05
    # The box's left edge: the right neighbor is nearer; its right edge: farther.
    assert (features[100:180, 179, 8] < -2).all() and (features[100:180, 259, 8] > 2).all()
    assert (features[79, 190:250, 9] < -2).all()
    assert (features[100:180, 200:240, 4] < features[100:180, 60:100, 4]).all()
    assert (features[120, 220, :3] != features[120, 60, :3]).all()


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_features_forget_the_scale(scale: float) -> None:
    one = frame_features(fit_surface_grid(scene_frame(), step=1, noise=2e-4))
    other = frame_features(fit_surface_grid(scene_frame(scale), step=1, noise=2e-4 / scale))
    np.testing.assert_allclose(one[..., 3:8], other[..., 3:8], atol=2e-3)
    inside = np.abs(one[..., 8:10]) < 2.9
    np.testing.assert_allclose(one[..., 8:10][inside], other[..., 8:10][inside], atol=0.05)


def test_features_without_depth_keep_the_color() -> None:
    frame = scene_frame()
    assert frame.depth is not None
    depth = frame.depth.copy()
    depth[:, :100] = 0
    holed = Frame(0, CAMERA, None, image=frame.image, depth=depth)
    features = frame_features(fit_surface_grid(holed, step=1))
    assert (features[:, :99, 3:] == 0).all() and (features[:, 101:, 3] == 1).all()
    assert (features[:, :100, :3] == features[0, 0, :3]).all()


# ---- grouping ---------------------------------------------------------------------------------


def true_affinities(ids: NDArray[np.int64]) -> NDArray[np.float32]:
    result = np.full((*ids.shape, len(OFFSETS)), 0.5, np.float32)
    rows, columns = ids.shape
    for k, (dy, dx) in enumerate(OFFSETS):
        for r in range(rows - dy):
            for c in range(max(0, -dx), min(columns, columns - dx)):
                result[r, c, k] = ids[r, c] == ids[r + dy, c + dx]
    return result


def three_things() -> NDArray[np.int64]:
    """A ground, a square, and a bar that the square cuts in two."""
    ids = np.zeros((40, 60), np.int64)
    ids[18:24, 5:55] = 2
    ids[10:32, 22:38] = 1
    return ids


def same_partition(a: NDArray[np.integer], b: NDArray[np.integer]) -> bool:
    pairs = set(zip(a.ravel().tolist(), b.ravel().tolist(), strict=True))
    return len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs})


def test_true_affinities_give_the_true_things() -> None:
    ids = three_things()
    regions, scores = group_cells(true_affinities(ids), GroupingConfig())
    assert same_partition(regions, ids)
    np.testing.assert_allclose(scores, 1, atol=0.05)


def test_noise_in_the_affinities_averages_out() -> None:
    ids = three_things()
    rng = np.random.default_rng(0)
    truth = true_affinities(ids)
    noisy = np.clip(truth + 0.35 * rng.standard_normal(truth.shape), 0, 1).astype(np.float32)
    regions, scores = group_cells(noisy, GroupingConfig())
    for number in range(3):
        values, counts = np.unique(regions[ids == number], return_counts=True)
        region = values[counts.argmax()]
        both = ((regions == region) & (ids == number)).sum()
        assert both / ((regions == region) | (ids == number)).sum() > 0.85
    assert len(scores) == regions.max() + 1 and (scores <= 1).all() and (scores >= 0).all()


def test_a_lower_limit_joins_more() -> None:
    affinities = np.full((40, 60, len(OFFSETS)), 0.95, np.float32)
    affinities[:, 29, 0] = 0.3  # a weak seam, seen from all distances
    for k, (_, dx) in enumerate(OFFSETS):
        reach = range(30 - dx, 30) if dx > 0 else range(30, 30 - dx)
        affinities[:, list(reach), k] = 0.3
    counts = [len(group_cells(affinities, GroupingConfig(join=join))[1]) for join in (0.2, 0.5)]
    assert counts == [1, 2]


def test_sums_of_pairs_are_those_of_a_plain_loop() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(-1, 4, (9, 11)).astype(np.int32)
    offsets = np.array([(0, 1), (3, -3), (2, 5)])
    affinities = rng.random((9, 11, 3)).astype(np.float32)
    shares = np.array([1, 0.5, 0.25], np.float32)
    sums, counts = np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32)
    add_pairs(affinities, labels, offsets, shares, sums, counts)
    expected = np.zeros((4, 4))
    for (r, c), a in np.ndenumerate(labels):
        for k, (dy, dx) in enumerate(offsets):
            y, x = r + dy, c + dx
            if a < 0 or y >= 9 or not 0 <= x < 11 or labels[y, x] < 0:
                continue
            for pair in {(a, labels[y, x]), (labels[y, x], a)}:
                expected[pair] += shares[k] * affinities[r, c, k]
    np.testing.assert_allclose(sums, expected, rtol=1e-5)
    assert (counts > 0).all()


def test_surfaces_pull_affinities_towards_what_they_say() -> None:
    rng = np.random.default_rng(4)
    surfaces = rng.integers(-1, 3, (8, 9)).astype(np.int32)
    offsets = np.array([(0, 1), (3, -3)])
    affinities = rng.random((8, 9, 2)).astype(np.float32)
    blended = affinities.copy()
    blend_surfaces(blended, surfaces, offsets, 0.25)
    for (r, c), own in np.ndenumerate(surfaces):
        for k, (dy, dx) in enumerate(offsets):
            y, x = r + dy, c + dx
            expected = affinities[r, c, k]
            if own >= 0 and y < 8 and 0 <= x < 9 and surfaces[y, x] >= 0:
                expected = 0.75 * expected + 0.25 * (surfaces[y, x] == own)
            assert blended[r, c, k] == pytest.approx(expected, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 12), st.integers(0, 10_000), st.floats(0.2, 0.8))
def test_joining_is_greedy_average_linkage(num: int, seed: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    counts = np.triu(rng.integers(0, 5, (num, num)).astype(np.float32), 1)
    counts = counts + counts.T
    sums = counts * np.triu(rng.random((num, num)), 1).astype(np.float32)
    sums = np.maximum(sums, sums.T)
    region_of = np.arange(num)
    expected = slow_linkage(sums.astype(np.float64), counts.astype(np.float64), limit)
    join_regions(sums.copy(), counts.copy(), limit, region_of)
    assert same_partition(region_of, expected)


def slow_linkage(
    sums: NDArray[np.float64], counts: NDArray[np.float64], limit: float
) -> NDArray[np.int64]:
    groups = [[i] for i in range(len(sums))]

    def mean(a: list[int], b: list[int]) -> float:
        count = counts[np.ix_(a, b)].sum()
        return float(sums[np.ix_(a, b)].sum() / count) if count else -1.0

    while len(groups) > 1:
        pairs = [(mean(a, b), i, j) for i, a in enumerate(groups) for j, b in enumerate(groups[:i])]
        best, i, j = max(pairs)
        if best < limit:
            break
        groups[j] += groups.pop(i)
    result = np.empty(len(sums), np.int64)
    for number, group in enumerate(groups):
        result[group] = number
    return result


def test_cells_between_go_to_the_surface_they_fit() -> None:
    frame = scene_frame()
    grid = fit_surface_grid(frame, step=1)
    coarse = np.zeros((120, 160), np.int32)
    coarse[40:100, 90:130] = 1
    out = np.empty((240, 320), np.int32)
    spread_labels(coarse, grid.planes, grid.inverse, grid.color, grid.rays_x, grid.rays_y, out)
    assert frame.depth is not None
    np.testing.assert_array_equal(out == 1, frame.depth < 1.8)


# ---- the backend ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    save_file(random_weights(NetworkDesign()), path)
    return f"file:{path}"


def test_bad_frames(weights: str) -> None:
    backend = TinyRgbdMasks(weights)
    with pytest.raises(CaptureError) as caught:
        backend.propose(Frame(0, CAMERA, None, image=np.zeros((240, 320, 3), np.uint8), name="7"))
    assert str(caught.value) == (
        "Frame '7' for masks/tiny-rgbd: expected depth, got none. Use a capture with depth, or "
        "masks/folder with masks made from the images."
    )
    empty = Frame(0, CAMERA, None, depth=np.zeros((240, 320), np.float32))
    assert len(backend.propose(empty)) == 0
    small = Camera.from_focal(30, 30, 20, 15, width=40, height=30)
    tiny = Frame(0, small, None, depth=np.ones((30, 40), np.float32))
    masks = backend.propose(tiny)
    assert (masks.height, masks.width, len(masks)) == (30, 40, 0)


def test_shipped_weights_are_those_of_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(random_weights(NetworkDesign()), tmp_path / "masks-tiny-rgbd.safetensors")
    monkeypatch.setattr("scenewright.models.weights.builtin_folder", lambda: tmp_path)
    with pytest.raises(WeightsError, match="are not the expected ones: expected sha256 60bffa44"):
        TinyRgbdMasks()


def test_shipped_weights_part_a_box_from_the_wall() -> None:
    frame = scene_frame()
    masks = TinyRgbdMasks().propose(frame)
    assert frame.depth is not None
    box, wall = frame.depth < 1.8, frame.depth > 1.8
    dense = masks.dense()

    def best(truth: NDArray[np.bool_]) -> float:
        return max((mask & truth).sum() / (mask | truth).sum() for mask in dense)

    assert best(box) > 0.9 and best(wall) > 0.9
    assert (masks.scores > 0).all() and (masks.scores <= 1).all()


@pytest.mark.parametrize("change", [lambda f: f, lambda f: scene_frame(2.0)])
def test_same_frame_same_masks(change: Callable[[Frame], Frame], weights: str) -> None:
    backend = TinyRgbdMasks(weights)
    frame = change(scene_frame())
    first, again = backend.propose(frame), backend.propose(frame)
    np.testing.assert_array_equal(first.to_id_map(), again.to_id_map())
