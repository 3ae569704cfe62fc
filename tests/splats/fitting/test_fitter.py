"""Small fits: they learn, repeat, resume, and refuse what they cannot do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from scenewright.core import CaptureError, ConventionError, Frame, SurfelCloud
from scenewright.splats.fitting.config import LossConfig, RateConfig
from scenewright.splats.fitting.engine import EngineSettings, EngineState, NumbaEngine
from scenewright.splats.fitting.fitter import Fitter, StepReport
from tests.splats.fitting.fitting_builders import (
    CAMERA,
    SMALL_FIT,
    cloud_bytes,
    make_frames,
)


def test_a_fit_learns_views_that_it_never_saw(frames: list[Frame], surfels: SurfelCloud) -> None:
    reports: list[StepReport] = []
    fitter = Fitter(frames, surfels, config=replace(SMALL_FIT, num_steps=120))
    before = fitter.evaluate()
    assert fitter.held_out.tolist() == [0, 8]
    assert set(before.psnr_by_view) == {"0", "8"}
    last = fitter.fit(progress=reports.append)
    after = fitter.evaluate()
    assert after.psnr > max(before.psnr + 3, 27)
    assert after.ssim > before.ssim
    assert [report.step for report in reports] == list(range(1, 121))
    assert last.progress == 1
    assert fitter.is_finished
    assert reports[0].divisor == 2
    assert last.divisor == 1
    assert last.num_surfels == len(fitter.surfels)
    with pytest.raises(ConventionError) as caught:
        fitter.step()
    assert str(caught.value) == (
        "The fit is finished: expected a fit with steps left, got 120 steps done. Start a new "
        "fit with more num_steps."
    )


def test_depth_and_priors_keep_surfels_in_place(frames: list[Frame], surfels: SurfelCloud) -> None:
    moved = replace(surfels, means=surfels.means + np.array([0, 0, 0.1], np.float32))
    rates = RateConfig(position=0.01, position_end=0.01)
    toward = np.broadcast_to(np.array([0, 0, -1], np.float32), (*CAMERA.size, 3))

    def error(losses: LossConfig) -> float:
        config = replace(SMALL_FIT, losses=losses, rates=rates, densify=None)
        fitter = Fitter(frames, moved, config=config, normals=[toward] * len(frames))
        fitter.fit()
        images = fitter.draw(4)
        depth = images.depth_sum / np.maximum(images.alpha, 0.5)
        truth = frames[4].depth
        assert truth is not None
        return float(np.median(np.abs(depth - truth)))

    with_depth = LossConfig(normals=0, depth=1.0, prior=0.1, prior_from=0.0)
    assert error(with_depth) < 0.5 * error(LossConfig(normals=0))


def test_the_engine_can_be_another(frames: list[Frame], surfels: SurfelCloud) -> None:
    built: list[tuple[EngineState, EngineSettings]] = []

    def make_engine(state: EngineState, settings: EngineSettings) -> NumbaEngine:
        built.append((state, settings))
        return NumbaEngine(state, settings)

    fitter = Fitter(frames, surfels, config=SMALL_FIT, make_engine=make_engine)
    fitter.step()
    ((state, settings),) = built
    assert len(state.surfels) == len(surfels)
    assert 0 < settings.near < settings.far


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_the_unit_of_length_changes_nothing(
    scale: float, frames: list[Frame], surfels: SurfelCloud
) -> None:
    large = replace(surfels, means=surfels.means * scale, scales=surfels.scales * scale)
    losses = LossConfig(normals_from=0.0, depth=0.2)
    config = replace(SMALL_FIT, losses=losses)
    one = Fitter(frames, surfels, config=config)
    other = Fitter(make_frames(scale=scale), large, config=config)
    reports = one.fit(), other.fit()
    assert reports[0].num_surfels == pytest.approx(reports[1].num_surfels, rel=0.02)
    assert one.evaluate().psnr == pytest.approx(other.evaluate().psnr, abs=0.2)
    assert other.extent == pytest.approx(scale * one.extent)


def test_same_seed_same_bytes(frames: list[Frame], surfels: SurfelCloud) -> None:
    results = []
    for seed in (5, 5, 6):
        fitter = Fitter(frames, surfels, config=SMALL_FIT, seed=seed)
        fitter.fit()
        results.append(cloud_bytes(fitter.surfels))
    assert results[0] == results[1]
    assert results[0] != results[2]


def test_a_resumed_fit_ends_like_one_that_ran_through(
    frames: list[Frame], surfels: SurfelCloud, tmp_path: Path
) -> None:
    whole = Fitter(frames, surfels, config=SMALL_FIT, seed=2)
    whole.fit()
    part = Fitter(frames, surfels, config=SMALL_FIT, seed=2)
    for _ in range(17):
        part.step()
    part.save(tmp_path / "fit.ckpt")
    resumed = Fitter.resume(tmp_path / "fit.ckpt", frames)
    assert resumed.num_steps == 17
    assert resumed.config == SMALL_FIT
    assert resumed.extent == part.extent
    resumed.fit(checkpoint=tmp_path / "end.ckpt")
    assert cloud_bytes(resumed.surfels) == cloud_bytes(whole.surfels)
    ended = Fitter.resume(tmp_path / "end.ckpt", frames)
    assert ended.is_finished
    assert cloud_bytes(ended.surfels) == cloud_bytes(whole.surfels)


def test_a_limit_of_time_ends_the_schedule_early(frames: list[Frame], surfels: SurfelCloud) -> None:
    fitter = Fitter(frames, surfels, config=replace(SMALL_FIT, num_steps=100_000, densify=None))
    last = fitter.fit(max_minutes=0.02)
    assert last.progress == 1
    assert last.divisor == 1
    assert 5 < last.step < 5000
    assert last.seconds < 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f[:1],
            "Only one view: expected two or more views from different positions, got 1 of 1 frames "
            "with image and pose. Shape cannot be estimated from one image; add images from other "
            "positions.",
        ),
        (
            lambda f: [replace(one, world_from_cam=None) for one in f],
            "No frame can be fitted to: expected frames with an image and a pose, got 9 frames, "
            "none with both. Provide the camera poses; see docs/captures.md.",
        ),
        (
            lambda f: [replace(one, image=None) for one in f],
            "No frame can be fitted to: expected frames with an image and a pose, got 9 frames, "
            "none with both. Provide the camera poses; see docs/captures.md.",
        ),
        (
            lambda f: [replace(one, world_from_cam=f[3].world_from_cam) for one in f],
            "All views have the same pose: expected cameras at different positions, got 9 views "
            "with one pose. Check that the poses were read; a capture from a tripod cannot be "
            "fitted.",
        ),
    ],
)
def test_captures_that_cannot_be_fitted(
    change: object, message: str, frames: list[Frame], surfels: SurfelCloud
) -> None:
    with pytest.raises(CaptureError) as caught:
        Fitter(change(frames), surfels, config=SMALL_FIT)  # type: ignore[operator]
    assert str(caught.value) == message


def test_gradients_that_are_not_finite_stop_a_fit_and_keep_its_checkpoint(
    frames: list[Frame], surfels: SurfelCloud, tmp_path: Path
) -> None:
    path = tmp_path / "fit.ckpt"
    fitter = Fitter(frames, surfels, config=SMALL_FIT)
    fitter.step()
    fitter.save(path)
    good = cloud_bytes(fitter.surfels)
    state = fitter._engine.state()
    state.surfels.sh[5] = np.nan
    with pytest.raises(
        ConventionError, match="The fit diverged at the image: expected finite numbers"
    ):
        fitter.fit(checkpoint=path)
    assert fitter.num_steps < SMALL_FIT.num_steps
    assert cloud_bytes(Fitter.resume(path, frames).surfels) == good


@pytest.mark.parametrize("behind", ["random", "color", "none"])
def test_what_alpha_hides_becomes_empty_or_does_not_count(
    frames: list[Frame], surfels: SurfelCloud, behind: Literal["random", "color", "none"]
) -> None:
    hiding = []
    for frame in frames:
        assert frame.depth is not None and frame.image is not None
        alpha = np.where(frame.depth < 2.5, 255, 0).astype(np.uint8)
        image = np.where(alpha[..., None] > 0, frame.image, 0).astype(np.uint8)
        hiding.append(replace(frame, alpha=alpha, image=image))
    config = replace(SMALL_FIT, behind=behind, num_steps=60, densify=None)
    fitter = Fitter(hiding, surfels, config=config)

    def opacity_of_nothing() -> float:
        hidden = [fitter.draw(i).alpha[frame.alpha == 0] for i, frame in enumerate(hiding)]
        return float(np.concatenate(hidden).mean())

    psnr, opacity = fitter.evaluate().psnr, opacity_of_nothing()
    fitter.fit()
    assert fitter.evaluate().psnr > psnr + 8
    if behind == "none":
        assert opacity_of_nothing() > 0.5 and fitter.evaluate().psnr > 26
    else:
        assert opacity_of_nothing() < 0.35 * opacity
    # The pictures of a fit show the background where the images show nothing.
    assert not fitter.picture(0)[hiding[0].alpha == 0].any()
