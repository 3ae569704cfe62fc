"""Whole fits, small ones: they learn, repeat, resume, and refuse what they cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest

from scenewright.core import CaptureError, ConventionError, FormatError, Frame, SurfelCloud
from scenewright.splats.fitting.config import LossConfig, RateConfig
from scenewright.splats.fitting.engine import EngineSettings, EngineState, NumbaEngine
from scenewright.splats.fitting.fitter import Fitter, StepReport
from scenewright.splats.fitting.initial import initial_surfels_from_depth
from scenewright.splats.fitting.memory import require_memory
from scenewright.splats.fitting.targets import Target, gather_targets, scene_extent, split_views
from tests.splats.fitting.fitting_builders import (
    CAMERA,
    SMALL_FIT,
    cloud_bytes,
    make_frame,
    make_frames,
    make_pose,
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Pictures this small are drawn faster without waiting for other threads."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return make_frames()


@pytest.fixture(scope="module")
def surfels(frames: list[Frame]) -> SurfelCloud:
    return initial_surfels_from_depth(frames, max_surfels=800)


# --- Learning -------------------------------------------------------------------------------------


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
        "The fit is finished: expected a fit with steps left, got 120 steps done. Begin another "
        "with more num_steps."
    )


def test_depth_and_priors_keep_surfels_in_place(frames: list[Frame], surfels: SurfelCloud) -> None:
    moved = replace(surfels, means=surfels.means + np.float32([0, 0, 0.1]))
    rates = RateConfig(position=0.01, position_end=0.01)
    toward = np.float32(np.broadcast_to([0, 0, -1], (*CAMERA.size, 3)))

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


# --- Repeating and resuming -----------------------------------------------------------------------


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


def test_checkpoints_of_other_views_are_refused(
    frames: list[Frame], surfels: SurfelCloud, tmp_path: Path
) -> None:
    path = tmp_path / "fit.ckpt"
    Fitter(frames, surfels, config=SMALL_FIT).save(path)
    with pytest.raises(FormatError) as caught:
        Fitter.resume(path, frames[1:])
    assert str(caught.value) == (
        f"{path} is a checkpoint of other views: expected 9 views, 0 to 8, got 8, 1 to 8. Give the "
        "capture that the fit was begun with."
    )
    path.write_bytes(b"nothing of use")
    with pytest.raises(FormatError, match="expected a checkpoint of a fit, got one that cannot"):
        Fitter.resume(path, frames)


def test_a_limit_of_time_ends_the_schedule_early(frames: list[Frame], surfels: SurfelCloud) -> None:
    fitter = Fitter(frames, surfels, config=replace(SMALL_FIT, num_steps=100_000, densify=None))
    last = fitter.fit(max_minutes=0.02)
    assert last.progress == 1
    assert last.divisor == 1
    assert 5 < last.step < 5000
    assert last.seconds < 10


# --- Refusing -------------------------------------------------------------------------------------


class EndlessFrames:
    """A capture that says it has more frames than any memory can hold."""

    def __len__(self) -> int:
        return 10**9

    def __getitem__(self, index: int, /) -> Frame:
        return make_frame(index, make_pose(0, 0, 0))

    def __iter__(self) -> Iterator[Frame]:
        raise AssertionError("nothing is decoded before the estimate")


def test_what_does_not_fit_into_memory_is_refused_before_it_starts(surfels: SurfelCloud) -> None:
    with pytest.raises(CaptureError) as caught:
        Fitter(EndlessFrames(), surfels, config=SMALL_FIT)
    assert caught.value.what == (
        "The fit does not fit into memory (1000000000 pictures of 64 x 48 pixels, up to 4000 "
        "surfels)"
    )
    assert caught.value.got == "an estimate of 11444.1 GiB"
    with pytest.raises(CaptureError) as exact:
        require_memory(3 * 2**30, 2**30, what="much")
    assert str(exact.value) == (
        "The fit does not fit into memory (much): expected at most 1.0 GiB, which are available, "
        "got an estimate of 3.0 GiB. Use fewer or smaller pictures, or lower densify.max_surfels."
    )
    require_memory(3, None, what="much")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f[:1],
            "One view only: expected two or more views of the place, from different positions, got "
            "1 with picture and pose among 1 frames. One picture does not tell shape; add pictures "
            "from elsewhere.",
        ),
        (
            lambda f: [replace(one, world_from_cam=None) for one in f],
            "No frame can be fitted to: expected frames with a picture and a pose, got 9 frames, "
            "none with both. Give the poses of the cameras; see docs/captures.md.",
        ),
        (
            lambda f: [replace(one, image=None) for one in f],
            "No frame can be fitted to: expected frames with a picture and a pose, got 9 frames, "
            "none with both. Give the poses of the cameras; see docs/captures.md.",
        ),
        (
            lambda f: [replace(one, world_from_cam=f[3].world_from_cam) for one in f],
            "All views are alike: expected cameras at different places, got 9 views of one pose. "
            "Check that the poses were read; a capture on a tripod cannot be fitted.",
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
        ConventionError, match="A fit broke down at the picture: expected finite numbers"
    ):
        fitter.fit(checkpoint=path)
    assert fitter.num_steps < SMALL_FIT.num_steps
    assert cloud_bytes(Fitter.resume(path, frames).surfels) == good


# --- Targets --------------------------------------------------------------------------------------


def test_shrunk_pictures_show_the_same(frames: list[Frame]) -> None:
    target = gather_targets(frames, depth=True)[3]
    small = target.shrunk(3)
    assert small.image.shape == (16, 21, 3)
    assert (small.camera.width, small.camera.height) == (21, 16)
    np.testing.assert_allclose(small.camera.K, np.diag([1 / 3, 1 / 3, 1]) @ CAMERA.K)
    block = target.image[3:6, 6:9].reshape(-1, 3).mean(axis=0)
    assert np.abs(small.image[1, 2] - block).max() <= 0.5 + 1e-4
    assert target.depth is not None
    assert small.depth is not None
    assert small.depth[1, 2] == pytest.approx(target.depth[3:6, 6:9].mean())


def test_depth_is_not_averaged_over_edges() -> None:
    depth = np.ones((4, 4), np.float32)
    depth[:, 1] = 2.0
    depth[3, 3] = 0.0
    camera = CAMERA.resized(4, 4)
    image = np.zeros((4, 4, 3), np.uint8)
    small = Target(camera, np.eye(4), image, depth).shrunk(2)
    assert small.depth is not None
    np.testing.assert_array_equal(small.depth, [[0, 1], [0, 0]])


def test_extent_of_cameras_or_of_surfels() -> None:
    centers = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 2, 0], [0, -2, 0]])
    assert scene_extent(centers, np.ones((5, 3))) == pytest.approx(2.2)
    assert scene_extent(np.zeros((4, 3)), np.full((5, 3), [0, 0, 7.0])) == pytest.approx(0.7)


def test_every_eighth_view_is_held_out() -> None:
    learned, held_out = split_views(20, 8)
    assert held_out.tolist() == [0, 8, 16]
    assert sorted([*learned, *held_out]) == list(range(20))
    assert len(split_views(20, 0)[1]) == 0
    with pytest.raises(CaptureError) as caught:
        split_views(5, 1)
    assert str(caught.value) == (
        "No view is left to learn from: expected a holdout_interval of 2 or more, got 1"
    )
