"""Adam, densification and the schedule of a fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError, SurfelCloud, UnknownNameError
from scenewright.splats.fitting.adam import BETA1, BETA2, EPSILON, Moments, Rates, step_adam
from scenewright.splats.fitting.config import DensifyConfig, FitConfig, fit_preset
from scenewright.splats.fitting.densify import Statistics, densify, lower_opacities
from scenewright.splats.fitting.parameters import NAMES, RawSurfels
from scenewright.splats.fitting.schedule import (
    is_densified,
    is_reset,
    loss_weights,
    pace,
    plan_moment,
)
from scenewright.splats.rasterizer.arrays import SurfelGradients

RATES = Rates(position=0.01, color=0.02, harmonics=0.003, opacity=0.05, scale=0.004, rotation=0.006)


def make_raw(n: int = 30, seed: int = 0) -> RawSurfels:
    rng = np.random.default_rng(seed)
    quats = rng.standard_normal((n, 4))
    cloud = SurfelCloud(
        rng.standard_normal((n, 3)),
        quats / np.linalg.norm(quats, axis=1, keepdims=True),
        np.exp(rng.uniform(-4, -2, (n, 2))),
        rng.uniform(0.1, 0.9, n),
        rng.standard_normal((n, 4, 3)),
    )
    return RawSurfels.of(cloud, sh_degree=1)


def make_gradients(raw: RawSurfels, seed: int) -> SurfelGradients:
    rng = np.random.default_rng(seed)
    n = len(raw)

    def draw(*shape: int) -> NDArray[np.float32]:
        return rng.standard_normal((n, *shape)).astype(np.float32)

    return SurfelGradients(
        draw(3), draw(4), draw(2), draw(), draw(4, 3), None, np.abs(draw()), rng.random(n) < 0.7
    )


# --- Adam -----------------------------------------------------------------------------------------


def plain_adam(
    raw: RawSurfels, steps: int, *, visible_only: bool
) -> dict[str, NDArray[np.float64]]:
    """The textbook in float64, parameter by parameter."""
    values = {name: np.asarray(getattr(raw, name), np.float64) for name in NAMES}
    first = {name: np.zeros_like(value) for name, value in values.items()}
    second = {name: np.zeros_like(value) for name, value in values.items()}
    count = np.zeros(len(raw), int)
    sh_rate = np.full((4, 3), RATES.harmonics)
    sh_rate[0] = RATES.color
    rate = dict(zip(NAMES, (RATES.position, RATES.scale, RATES.rotation, RATES.opacity, sh_rate),
                    strict=True))  # fmt: skip
    for step in range(steps):
        g = make_gradients(raw, step)
        chosen = g.visible if visible_only else np.ones(len(raw), bool)
        count[chosen] += 1
        o = 1 / (1 + np.exp(-values["logits"]))
        gradient = {
            "means": g.means,
            "log_scales": g.scales * np.exp(values["log_scales"]),
            "quats": g.quats,
            "logits": g.opacities[:, None] * o * (1 - o),
            "sh": g.sh,
        }
        for name, value in values.items():
            shape = (-1,) + (1,) * (value.ndim - 1)
            m = BETA1 * first[name] + (1 - BETA1) * gradient[name]
            v = BETA2 * second[name] + (1 - BETA2) * gradient[name] ** 2
            t = np.maximum(count, 1).reshape(shape)
            move = rate[name] * (m / (1 - BETA1**t)) / (np.sqrt(v / (1 - BETA2**t)) + EPSILON)
            mask = chosen.reshape(shape)
            first[name] = np.where(mask, m, first[name])
            second[name] = np.where(mask, v, second[name])
            values[name] = np.where(mask, value - move, value)
    return values


@pytest.mark.parametrize("visible_only", [True, False])
def test_adam_is_that_of_the_textbook(visible_only: bool) -> None:
    raw = make_raw()
    expected = plain_adam(raw, 12, visible_only=visible_only)
    moments = Moments.zeros(len(raw), num_harmonics=4)
    for step in range(12):
        step_adam(raw, moments, make_gradients(raw, step), rates=RATES, visible_only=visible_only)
    for name in NAMES:
        np.testing.assert_allclose(getattr(raw, name), expected[name], rtol=2e-5, atol=2e-6)


def test_parameters_without_gradient_stay() -> None:
    raw = make_raw()
    before = raw.to_cloud()
    zeros = SurfelGradients(
        *(np.zeros_like(a) for a in (raw.means, raw.quats, raw.scales, raw.opacities, raw.sh)),
        None,
        np.zeros(len(raw), np.float32),
        np.ones(len(raw), bool),
    )
    step_adam(raw, Moments.zeros(len(raw), num_harmonics=4), zeros, rates=RATES, visible_only=True)
    assert (raw.means == before.means).all()
    assert (raw.sh == before.sh).all()


def test_raw_surfels_give_the_cloud_back() -> None:
    raw = make_raw()
    again = RawSurfels.of(raw.to_cloud(), sh_degree=1)
    for one, other in zip(raw, again, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)
    grown = RawSurfels.of(raw.to_cloud(), sh_degree=2)
    assert grown.sh.shape == (30, 9, 3)
    assert (grown.sh[:, :4] == raw.sh).all()
    assert not grown.sh[:, 4:].any()


# --- Adding and taking away -----------------------------------------------------------------------

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


# --- Schedule and settings ------------------------------------------------------------------------


def test_best_is_the_published_schedule() -> None:
    best = fit_preset("best")
    densify_steps = [
        step for step in range(1, 30_001)
        if best.densify is not None and is_densified(best.densify, step, step / 30_000)
    ]  # fmt: skip
    assert densify_steps[0] == 500
    assert densify_steps[-1] == 14_900
    assert set(np.diff(densify_steps)) == {100}
    resets = [
        step for step in range(1, 30_001)
        if best.densify is not None and is_reset(best.densify, step, step / 30_000)
    ]  # fmt: skip
    assert resets == [3000, 6000, 9000, 12_000]
    degrees = [
        plan_moment(best, step / 30_000, extent=2.0).sh_degree for step in range(0, 4000, 999)
    ]
    assert degrees == [0, 0, 1, 2, 3]
    start, end = (plan_moment(best, p, extent=2.0).rates for p in (0.0, 1.0))
    assert start.position == pytest.approx(3.2e-4)
    assert end.position == pytest.approx(3.2e-6)
    assert (start.color, start.harmonics, start.opacity) == (2.5e-3, 1.25e-4, 0.05)
    assert (start.scale, start.rotation) == (5e-3, 1e-3)
    assert loss_weights(best.losses, 0.2).normals == 0
    assert loss_weights(best.losses, 0.25).normals == 0.05


def test_pictures_grow_at_their_shares() -> None:
    config = FitConfig(resolutions=((0.0, 4), (0.25, 2), (0.5, 1)))
    found = [plan_moment(config, p, extent=1.0).divisor for p in (0, 0.2, 0.25, 0.49, 0.5, 1.0)]
    assert found == [4, 4, 2, 2, 1, 1]


def test_pace_stretches_steps_only_where_time_is_short() -> None:
    config = FitConfig(num_steps=1000, resolutions=((0.0, 2), (0.5, 1)))
    # 1 s per megapixel: 500 steps of a quarter second, then 500 of a second.
    enough = pace(config, 0.0, seconds_left=700, seconds_per_megapixel=1.0, megapixels=1.0)
    assert enough == 1 / 1000
    half = pace(config, 0.0, seconds_left=312.5, seconds_per_megapixel=1.0, megapixels=1.0)
    assert half == pytest.approx(2 / 1000)
    late = pace(config, 0.9, seconds_left=0.0, seconds_per_megapixel=1.0, megapixels=1.0)
    assert late == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FitConfig(num_steps=0), "FitConfig.num_steps: expected 1 or more, got 0"),
        (lambda: FitConfig(sh_degree=4), "FitConfig.sh_degree: expected 0 to 3, got 4"),
        (
            lambda: FitConfig(densify=DensifyConfig(gradient=-1.0)),
            "DensifyConfig.gradient: expected a number, 0 or more, got -1.0",
        ),
        (
            lambda: FitConfig(resolutions=((0.5, 1),)),
            "FitConfig.resolutions: expected rising shares from 0 on, each with a divisor of 1 or "
            "more, got ((0.5, 1),)",
        ),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(make: object, message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == message


def test_unknown_preset() -> None:
    with pytest.raises(UnknownNameError) as caught:
        fit_preset("quick")
    assert str(caught.value) == (
        "Fit preset 'quick': expected one of preview, default, best, got 'quick'"
    )
    config = FitConfig(num_steps=7)
    assert fit_preset(config) is config and fit_preset(config, num_steps=9).num_steps == 9
    with pytest.raises(ConventionError) as wrong:
        fit_preset(DensifyConfig())  # type: ignore[arg-type]
    assert str(wrong.value) == "Fit preset: expected a name or a FitConfig, got DensifyConfig"
