"""Color and texture of regions and pairs: cases by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.fusion.merging.appearance import (
    APPEARANCE_NAMES,
    NUM_APPEARANCE,
    NUM_TEXTURE,
    TEXTURE_NAMES,
    appearance_features,
    texture_features,
)
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.sums import NUM_PAIR_SUMS, NUM_SUMS, UNKNOWN
from tests.fusion.merging.merging_builders import graph_of

SIDE = 16


def two_halves(
    colors: NDArray[np.floating], texture: NDArray[np.floating], *, normals: object = None
) -> RegionGraph:
    """A plate of 16 x 16 voxels in two regions; colors (16, 16, 3) and texture (16, 16)."""
    plate = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), axis=-1)
    coords = np.pad(plate.reshape(-1, 2), ((0, 0), (0, 1)))
    up = np.tile(np.array([0, 0, 1], np.float32), (len(coords), 1))
    return graph_of(
        coords,
        (coords[:, 0] >= SIDE // 2).astype(np.int32),
        colors=colors.reshape(-1, 3).astype(np.float32),
        texture=texture.reshape(-1).astype(np.float32),
        normals=up if normals is None else normals,
    )


def pair_of(graph: RegionGraph) -> dict[str, float]:
    """Features of the only pair of a graph by name."""
    out = np.full(NUM_APPEARANCE, np.nan, np.float32)
    (link,) = graph.pair_sums
    appearance_features(graph.sums[0], graph.sums[1], link, out)
    assert np.isfinite(out).all()
    return dict(zip(APPEARANCE_NAMES, map(float, out), strict=True))


def printed() -> NDArray[np.float64]:
    """Red and white voxels at random."""
    is_red = np.random.default_rng(0).random((SIDE, SIDE)) < 0.5
    return np.where(is_red[..., None], [0.2, 0.8, 0.4], [0.5, 0.0, 0.0])


def in_two_colors() -> NDArray[np.float64]:
    """Red on one half, white on the other."""
    is_red = np.arange(SIDE) >= SIDE // 2
    return np.where(is_red[:, None, None], [0.2, 0.8, 0.4], [0.5, 0.0, 0.0]).repeat(SIDE, axis=1)


STEP = float(np.linalg.norm([0.3, 0.8, 0.4]))
EVEN = np.full((SIDE, SIDE), 0.1)


def test_two_colors_have_a_clear_edge() -> None:
    found = pair_of(two_halves(in_two_colors(), EVEN))
    assert found["edge_color"] == pytest.approx(STEP, rel=1e-4)
    assert found["edge_chroma"] == pytest.approx(np.hypot(0.8, 0.4), rel=1e-4)
    assert found["edge_coherence"] == pytest.approx(STEP / (STEP + 0.01), rel=1e-4)
    assert found["edge_to_plain"] == pytest.approx(np.log((STEP + 0.01) / 0.01), rel=1e-4)
    assert found["edge_to_rough"] == found["edge_to_plain"]
    assert found["palette_overlap"] == 0 and found["edge_bend"] == pytest.approx(0, abs=1e-6)
    assert found["texture_ratio"] == pytest.approx(0, abs=1e-6)


def test_one_print_has_no_edge() -> None:
    found = pair_of(two_halves(printed(), EVEN))
    assert found["edge_color"] < 0.2 * STEP and found["edge_coherence"] < 0.3
    assert abs(found["edge_to_rough"]) < 0.15 and abs(found["edge_to_plain"]) < 0.15
    assert found["palette_overlap"] > 0.9


def test_wood_and_plain_paint_of_one_color() -> None:
    texture = EVEN.copy()
    texture[SIDE // 2 :] = 0.02
    found = pair_of(two_halves(np.full((SIDE, SIDE, 3), 0.2), texture))
    assert found["texture_ratio"] == pytest.approx(np.log(0.105 / 0.025), rel=1e-4)
    assert found["texture_sigmas"] == pytest.approx(0.08 / 0.005, rel=1e-2)
    assert found["edge_color"] == 0 and found["palette_overlap"] == pytest.approx(1)


def test_noise_of_the_normals_is_no_bend() -> None:
    rng = np.random.default_rng(0)
    normals = np.array([0, 0, 1]) + 0.4 * rng.standard_normal((SIDE**2, 3))
    normals = (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)
    noisy = pair_of(two_halves(printed(), EVEN, normals=normals))
    folded = normals.reshape(SIDE, SIDE, 3).copy()
    folded[SIDE // 2 :] = folded[SIDE // 2 :][..., [2, 1, 0]]
    bent = pair_of(two_halves(printed(), EVEN, normals=folded.reshape(-1, 3)))
    assert abs(noisy["edge_bend"]) < 0.3 < 1 < bent["edge_bend"]


def test_what_is_unknown_is_neutral() -> None:
    unknown = pair_of(two_halves(printed(), np.full((SIDE, SIDE), -1)))
    assert unknown["texture_ratio"] == unknown["texture_sigmas"] == UNKNOWN
    apart = np.full(NUM_APPEARANCE, np.nan, np.float32)
    sums = two_halves(printed(), EVEN).sums
    appearance_features(sums[0], sums[1], np.zeros(NUM_PAIR_SUMS), apart)
    assert apart[APPEARANCE_NAMES.index("edge_color") :].tolist() == [UNKNOWN] * 6
    alone = np.full(NUM_APPEARANCE, np.nan, np.float32)
    link = np.ones(NUM_PAIR_SUMS)
    appearance_features(np.zeros(NUM_SUMS), np.zeros(NUM_SUMS), link, alone)
    assert alone[APPEARANCE_NAMES.index("edge_to_plain") :].tolist() == [UNKNOWN] * 3
    assert np.isfinite(alone).all()


def test_texture_of_one_region() -> None:
    texture = EVEN.copy()
    texture[:4, :8] = 0.3
    texture[0, 0] = -1
    graph = two_halves(in_two_colors(), texture)
    out = np.full(NUM_TEXTURE, np.nan, np.float32)
    texture_features(graph.sums[0], out)
    known = texture[: SIDE // 2][texture[: SIDE // 2] >= 0]
    expected = (known.mean(), known.std(), 0, 0)
    assert dict(zip(TEXTURE_NAMES, out, strict=True)) == pytest.approx(
        dict(zip(TEXTURE_NAMES, expected, strict=True)), abs=1e-5
    )
    texture_features(np.zeros(NUM_SUMS), out)
    assert out.tolist() == [UNKNOWN] * 4
