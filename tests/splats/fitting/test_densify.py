"""Surfels that are added and removed during a fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.splats.fitting.config import DensifyConfig
from scenewright.splats.fitting.densify import Statistics, densify, lower_opacities
from scenewright.splats.fitting.parameters import RawSurfels
from tests.splats.fitting.parameter_builders import make_raw

CONFIG = DensifyConfig()


def marked(raw: RawSurfels, pull: NDArray[np.floating]) -> Statistics:
    return Statistics(np.asarray(3 * pull, np.float32), np.full(len(raw), 3, np.int32))


def test_small_surfels_are_doubled_and_large_ones_split() -> None:
    raw = make_raw()
    opaque = raw.with_arrays(logits=np.zeros_like(raw.logits))
    largest = raw.scales.max(axis=1)
    extent = float(np.median(largest)) / CONFIG.split_extent
    pull = np.zeros(30)
    pull[:20] = 1.0
    done = densify(
        opaque, marked(raw, pull), CONFIG, extent=extent, remove_large=False,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    is_large = largest[:20] > np.median(largest)
    assert done.num_split == is_large.sum()
    assert done.num_doubled == (~is_large).sum()
    assert done.num_removed == 0
    assert len(done.surfels) == 50
    assert len(done.stayed) == 30 - done.num_split
    parents = opaque[np.flatnonzero(is_large)]
    halves = done.surfels[np.arange(50 - 2 * done.num_split, 50)]
    twice = np.repeat(parents.log_scales, 2, axis=0)
    np.testing.assert_allclose(halves.log_scales, twice - np.log(1.6), atol=1e-6)
    # Halves lie in the plane of their parent.
    shift = halves.means - np.repeat(parents.means, 2, axis=0)
    normals = np.repeat(parents.to_cloud().normals(), 2, axis=0)
    assert np.abs(np.einsum("ni,ni->n", shift, normals)).max() < 1e-6
    assert (np.linalg.norm(shift, axis=1) > 0).all()


def test_cut_surfels_look_like_before() -> None:
    raw = make_raw().with_arrays(logits=np.zeros((30, 1), np.float32))
    config = replace(CONFIG, keeps_picture=True, growth=0.5)
    pull = np.arange(30) / 30 + 1
    done = densify(
        raw, marked(raw, pull), config, extent=1.0, remove_large=False,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert (done.num_split, done.num_doubled, len(done.surfels)) == (15, 0, 45)
    parents, halves = raw[np.arange(15, 30)], done.surfels[np.arange(15, 45)]
    centers = halves.means.reshape(15, 2, 3)
    np.testing.assert_allclose(centers.mean(axis=1), parents.means, atol=1e-6)
    gap = np.linalg.norm(centers[:, 0] - centers[:, 1], axis=1)
    np.testing.assert_allclose(gap, parents.scales.max(axis=1), rtol=1e-4)
    shorter = parents.scales.min(axis=1)
    np.testing.assert_allclose(
        np.sort(halves.scales, axis=1)[::2],
        np.sort(np.stack([shorter, 0.6 * parents.scales.max(axis=1)], axis=1), axis=1),
        rtol=1e-5,
    )
    x = np.linspace(-3, 3, 101)
    one = 0.5 * np.exp(-(x**2) / 2)
    two = 1 - np.prod([1 - 0.5 * np.exp(-(((x - s) / 0.6) ** 2) / 2) for s in (0.5, -0.5)], axis=0)
    assert np.abs(one - two).max() < 0.13


def test_faint_and_huge_surfels_are_removed() -> None:
    raw = make_raw()
    largest = raw.scales.max(axis=1)
    extent = float(np.sort(largest)[-4] * 1.0001 / CONFIG.max_extent)
    logits = np.zeros_like(raw.logits)
    faint = np.argsort(largest)[:5]
    logits[faint] = -4.0
    raw = raw.with_arrays(logits=logits)
    still = marked(raw, np.zeros(30))
    rng = np.random.default_rng(0)
    first = densify(raw, still, CONFIG, extent=extent, remove_large=False, rng=rng)
    assert set(range(30)) - set(first.stayed.tolist()) == set(faint.tolist())
    later = densify(raw, still, CONFIG, extent=extent, remove_large=True, rng=rng)
    huge = set(np.argsort(largest)[-3:].tolist())
    assert set(range(30)) - set(later.stayed.tolist()) == huge | set(faint.tolist())
    assert later.num_removed == 8


def test_number_keeps_to_its_limit_and_the_strongest_go_first() -> None:
    raw = make_raw().with_arrays(logits=np.zeros((30, 1), np.float32))
    pull = np.arange(30) / 30
    config = replace(CONFIG, max_surfels=36, gradient=0.1)
    done = densify(
        raw, marked(raw, pull), config, extent=1e6, remove_large=False,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert len(done.surfels) == 36
    np.testing.assert_array_equal(np.sort(done.surfels.means[30:, 0]), np.sort(raw.means[24:, 0]))


def test_opacities_fall_to_the_limit() -> None:
    raw = make_raw()
    lowered = lower_opacities(raw, 0.3)
    assert lowered.opacities.max() == pytest.approx(0.3)
    below = raw.opacities < 0.3
    assert (lowered.logits[below] == raw.logits[below]).all()
