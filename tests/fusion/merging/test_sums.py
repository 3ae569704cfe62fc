"""Sums over voxels and contacts, against plain numpy; joined sums against measuring again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.fusion.merging import sums as columns
from scenewright.fusion.merging.agglomeration import move_edges
from scenewright.fusion.merging.sums import (
    ABOVE,
    CONTACTS,
    FRAMES,
    NUM_DIRECTIONS,
    NUM_PAIR_SUMS,
    ODD,
    REACH,
    TOUCH,
    Surface,
    add_pair,
    join_sums,
    list_contacts,
    opponent_colors,
    sum_contacts,
    sum_regions,
)
from tests.fusion.merging.merging_builders import (
    graph_of,
    joined_evidence,
    make_evidence,
    make_surface,
    oriented,
    random_voxels,
)

SEEDS = st.integers(0, 2**31)
TRIANGLE = np.triu_indices(3)


def plain_sums(surface: Surface, region: int) -> dict[int, NDArray[np.float64]]:
    """Sums of a region by first column."""
    inside = surface.region == region
    points, normals, colors = (
        getattr(surface, name)[inside].astype(np.float64)
        for name in ("points", "normals", "colors")
    )
    votes = surface.votes[inside].astype(np.float64)
    moment = (points[:, :, None] * points[:, None, :]).sum(axis=0)
    return {
        columns.COUNT: np.array([inside.sum()]),
        columns.POSITION: points.sum(axis=0),
        columns.MOMENT: moment[TRIANGLE],
        columns.NORMAL: normals.sum(axis=0),
        columns.COLOR: colors.sum(axis=0),
        columns.COLOR_SQUARE: (colors**2).sum(axis=0),
        columns.SUPPORT: np.minimum(votes[:, 0] / votes[:, 2], 1).sum(keepdims=True),
        columns.AGREEMENT: (votes[:, 0] / votes[:, 1]).sum(keepdims=True),
        columns.SEEN: np.minimum(votes[:, 2], 8).sum(keepdims=True),
        columns.CONTACTS: np.zeros(5),
        **plain_texture(surface.texture[inside], colors),
    }


def plain_texture(
    texture: NDArray[np.float32], colors: NDArray[np.float64]
) -> dict[int, NDArray[np.float64]]:
    """Sums of the contrasts that are known, and the histogram of the colors."""
    known = texture[texture >= 0].astype(np.float64)
    grays, hues = np.zeros(columns.NUM_GRAYS), np.zeros(columns.NUM_HUES)
    for lightness, red_green, yellow_blue in colors:
        colored = min(np.hypot(red_green, yellow_blue) / 0.15, 1)
        level = min(max(2 * lightness, 0), 1) * (len(grays) - 1)
        grays += (1 - colored) * np.maximum(1 - np.abs(np.arange(len(grays)) - level), 0)
        turn = np.arctan2(yellow_blue, red_green) / (2 * np.pi) * len(hues)
        away = np.abs((np.arange(len(hues)) - turn + 3) % len(hues) - 3)
        hues += colored * np.maximum(1 - away, 0)
    return {
        columns.TEXTURED: np.array([len(known)]),
        columns.TEXTURE: known.sum(keepdims=True),
        columns.TEXTURE_SQUARE: (known**2).sum(keepdims=True),
        columns.PALETTE: np.concatenate([grays, hues]),
    }


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_sums_of_regions_against_numpy(seed: int) -> None:
    surface, _ = make_surface(*random_voxels(seed, num_regions=3), seed=seed)
    sums, bounds = sum_regions(
        surface.region, surface.points, surface.normals, surface.colors, surface.votes,
        surface.texture, 4,
    )  # fmt: skip
    for region in range(3):
        expected = np.concatenate(list(plain_sums(surface, region).values()))
        np.testing.assert_allclose(sums[region], expected, rtol=1e-5, atol=1e-5)
        points = surface.points[surface.region == region]
        np.testing.assert_array_equal(bounds[region, :3], points.min(axis=0))
        np.testing.assert_array_equal(bounds[region, 3:FRAMES], points.max(axis=0))
        angles = 2 * np.pi * np.arange(NUM_DIRECTIONS) / NUM_DIRECTIONS
        reach = points[:, :2] @ np.stack([np.cos(angles), np.sin(angles)])
        np.testing.assert_allclose(bounds[region, REACH:], reach.max(axis=0), atol=1e-6)
    assert not sums[3].any()
    assert (bounds[3, :3] == np.inf).all() and (bounds[3, 3:] == -np.inf).all()


def brute_contacts(coords: NDArray[np.int64], region: NDArray[np.int32]) -> set[tuple[int, int]]:
    """Rows of neighboring voxels of different regions, the smaller region first."""
    apart = np.abs(coords[:, None] - coords[None]).max(axis=2)
    first, second = np.nonzero(
        (apart == 1) & (region[:, None] < region[None]) & (region >= 0)[:, None]
    )
    return {(int(a), int(b)) for a, b in zip(first, second, strict=True)}


def contacts_of(
    coords: NDArray[np.int64], region: NDArray[np.int32], room: int
) -> NDArray[np.int32]:
    surface, index = make_surface(coords, region)
    rows = np.full((len(index), 512), -1, np.int32)
    rows.reshape(-1)[surface.address] = np.arange(len(coords), dtype=np.int32)
    out = np.full((room, 2), -9, np.int32)
    sums = np.ones((int(region.max()) + 1, columns.NUM_SUMS))  # what was there is replaced
    found = list_contacts(
        index.neighbors(), rows, surface.address, surface.region, surface.normals, surface.colors,
        sums, out,
    )  # fmt: skip
    return out[:found] if found <= room else np.full((found, 2), -9, np.int32)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_contacts_against_all_pairs_of_voxels(seed: int) -> None:
    coords, region = random_voxels(seed)
    found = contacts_of(coords, region, 13 * len(coords))
    expected = brute_contacts(coords, region)
    assert len(found) == len(expected) and {(int(a), int(b)) for a, b in found} == expected


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_steps_inside_against_all_pairs_of_voxels(seed: int) -> None:
    coords, region = random_voxels(seed, num_regions=2)
    surface, index = make_surface(coords, region, seed=seed)
    rows = np.full((len(index), 512), -1, np.int32)
    rows.reshape(-1)[surface.address] = np.arange(len(coords), dtype=np.int32)
    sums = np.zeros((2, columns.NUM_SUMS))
    list_contacts(
        index.neighbors(), rows, surface.address, surface.region, surface.normals, surface.colors,
        sums, np.empty((0, 2), np.int32),
    )  # fmt: skip
    near = np.triu(np.abs(coords[:, None] - coords[None]).max(axis=2) == 1)
    for one in range(2):
        a, b = np.nonzero(near & (region[:, None] == one) & (region[None] == one))
        steps = surface.colors[a].astype(np.float64) - surface.colors[b]
        expected = [
            len(a),
            np.linalg.norm(steps, axis=1).sum(),
            np.linalg.norm(steps[:, 1:], axis=1).sum(),
            (surface.normals[a] * surface.normals[b]).sum(),
        ]
        found = sums[one, columns.INNER : columns.INNER_NORMAL + 1]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
        assert len(a) > 0 and np.count_nonzero(sums[one]) == 4


def test_contacts_that_do_not_fit_are_counted() -> None:
    coords, region = random_voxels(1)
    assert len(contacts_of(coords, region, 3)) == len(brute_contacts(coords, region)) > 3


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_sums_of_contacts_against_numpy(seed: int) -> None:
    coords, region = random_voxels(seed, num_regions=2)
    surface, _ = make_surface(coords, region, seed=seed)
    contacts = contacts_of(coords, region, 13 * len(coords))
    sums = np.zeros((1, NUM_PAIR_SUMS))
    sum_contacts(
        contacts, np.zeros(len(contacts), np.int64),
        surface.points, surface.normals, surface.colors, sums,
    )  # fmt: skip
    a, b = contacts.T
    points, normals, colors = (
        np.asarray(one, np.float64) for one in (surface.points, surface.normals, surface.colors)
    )
    step = points[b] - points[a]
    unit = step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-6)
    middle = (points[a] + points[b]) / 2
    difference = colors[a] - colors[b]
    expected = {
        TOUCH: [len(contacts)],
        columns.STEP_COLOR: [np.linalg.norm(difference, axis=1).sum()],
        columns.STEP_CHROMA: [np.linalg.norm(difference[:, 1:], axis=1).sum()],
        columns.STEP_NORMAL: [(normals[a] * normals[b]).sum()],
        columns.CONVEX: [((normals[b] - normals[a]) * unit).sum()],
        ABOVE: [unit[:, 2].sum()],
        columns.PLACE: middle.sum(axis=0),
        columns.PLACE_MOMENT: np.einsum("ni,nj->ij", middle, middle)[TRIANGLE],
        columns.TOGETHER: [0] * 5,
        columns.EDGE: difference.sum(axis=0),
    }
    np.testing.assert_allclose(
        sums[0],
        np.concatenate([np.asarray(one) for one in expected.values()]),
        rtol=1e-4,
        atol=1e-3,
    )


def test_two_faces_of_a_box_bulge_and_a_corner_of_a_room_does_not() -> None:
    points = np.array([[0.02, 0, 0], [0, 0, 0.02]], np.float32)
    colors = np.zeros((2, 3), np.float32)
    inside = np.array([[0, 0, 1], [1, 0, 0]], np.float32)
    for normals, sign in ((inside, -1), (-inside, 1)):
        sums = np.zeros((1, NUM_PAIR_SUMS))
        sum_contacts(
            np.array([[0, 1]], np.int32), np.zeros(1, np.int64), points, normals, colors, sums
        )
        assert sums[0, columns.CONVEX] == pytest.approx(sign * np.sqrt(2))
        assert sums[0, ABOVE] == pytest.approx(np.sqrt(0.5))


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([(0, 1), (1, 0), (4, 2), (2, 3)]))
def test_joined_sums_are_those_of_the_union(seed: int, join: tuple[int, int]) -> None:
    keep, gone = join
    coords, region = random_voxels(seed)
    evidence = make_evidence(5, seed=seed)
    graph = graph_of(coords, region, evidence, seed=seed)
    again = graph_of(
        coords, np.where(region == gone, keep, region), joined_evidence(evidence, keep, gone),
        seed=seed,
    )  # fmt: skip
    sums, bounds, pairs = graph.sums.copy(), graph.bounds.copy(), graph.pairs.copy()
    pair_sums, odds = graph.pair_sums.copy(), np.zeros(len(pairs))
    (joined,) = np.flatnonzero((np.sort(pairs, axis=1) == sorted(join)).all(axis=1))
    odds[joined] = -np.inf
    join_sums(sums, bounds, keep, gone, pair_sums[joined])
    move_edges(pairs, pair_sums, odds, keep, gone, np.full(5, -1, np.int64))
    others = [i for i in range(5) if i != gone]
    np.testing.assert_allclose(sums[others], again.sums[others], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(bounds[others], again.bounds[others])
    live = np.flatnonzero(~np.isneginf(odds))
    assert not (pairs[live] == gone).any()
    found = {
        tuple(sorted(map(int, pairs[e]))): oriented(pair_sums[e], flips=pairs[e, 0] > pairs[e, 1])
        for e in live
    }
    expected = dict(zip(map(tuple, again.pairs.tolist()), again.pair_sums, strict=True))
    assert len(found) == len(live) and found.keys() == expected.keys()
    for pair, link in found.items():
        np.testing.assert_allclose(link, expected[pair], rtol=1e-9, atol=1e-9)
    touch = np.zeros(5)
    for side in (0, 1):
        np.add.at(touch, pairs[live, side], pair_sums[live, TOUCH])
    np.testing.assert_allclose(sums[others, CONTACTS], touch[others])


def test_adding_a_pair_in_the_other_order_turns_steps_around() -> None:
    source = np.arange(1.0, NUM_PAIR_SUMS + 1)
    same, other = np.zeros(NUM_PAIR_SUMS), np.zeros(NUM_PAIR_SUMS)
    add_pair(same, source, False)
    add_pair(other, source, True)
    assert np.array_equal(same, source)
    assert (other[list(ODD)] == -source[list(ODD)]).all()
    assert (np.delete(other - source, ODD) == 0).all()


def test_opponent_colors_of_gray_and_pure_colors() -> None:
    rgb = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 0, 255]], np.uint8)
    colors = opponent_colors(rgb)
    assert colors[0].tolist() == pytest.approx([0.5, 0, 0]) and not colors[1].any()
    assert colors[2].tolist() == pytest.approx([1 / 6, 1, 0.5])
    assert colors[3].tolist() == pytest.approx([1 / 6, 0, -1])
