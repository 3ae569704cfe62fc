"""The engine of a fit on tensors: the same steps as on the CPU, and states that resume."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import fields, replace
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest

from scenewright.core import Camera, ConventionError, Frame, SurfelCloud
from scenewright.splats.fitting.config import LossConfig
from scenewright.splats.fitting.engine import EngineSettings, EngineState
from scenewright.splats.fitting.fitter import Fitter, StepReport
from scenewright.splats.fitting.initial import initial_surfels_from_depth
from scenewright.splats.fitting.parameters import NAMES
from scenewright.splats.fitting.targets import Target, gather_targets
from scenewright.splats.rasterizer.arrays import DrawSettings
from scenewright.splats.torch_engines.engines import (
    gsplat_engine_factory,
)
from scenewright.splats.torch_engines.fit_engine import TorchEngine
from scenewright.splats.torch_engines.gsplat_engine import GsplatRasterizer
from scenewright.splats.torch_engines.reference import trace_reference
from scenewright.splats.torch_engines.tensors import (
    SurfelTensors,
    TargetTensors,
)
from tests.splats.fitting.fitting_builders import CAMERA, SMALL_FIT, make_frames
from tests.splats.torch_engines.fit_builders import (
    FACTORIES,
    RATES,
    WEIGHTS,
    make_engine,
    make_state,
    state_arrays,
)

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Images this small are drawn faster by a single thread."""
    before, torch_before = numba.get_num_threads(), torch.get_num_threads()
    numba.set_num_threads(1)
    torch.set_num_threads(1)
    yield
    numba.set_num_threads(before)
    torch.set_num_threads(torch_before)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return make_frames(5)


@pytest.fixture(scope="module")
def surfels(frames: list[Frame]) -> SurfelCloud:
    return initial_surfels_from_depth(frames, max_surfels=120)


@pytest.fixture(scope="module")
def targets(frames: list[Frame]) -> list[Target]:
    normals = np.full((*CAMERA.size, 3), (0, 0, -1), np.float32)
    found = gather_targets(frames, depth=True, normals=[normals] * len(frames))
    return [target.shrunk(2) for target in found]


@pytest.mark.parametrize("visible_only", [True, False])
def test_steps_are_those_of_the_cpu(
    surfels: SurfelCloud, targets: list[Target], visible_only: bool
) -> None:
    ours, true = (
        make_engine(name, make_state(surfels), visible_only=visible_only)
        for name in ("reference", "numba")
    )
    start = state_arrays(true.state())
    for step, target in enumerate([*targets[:3], targets[0]]):
        options: dict[str, Any] = {"sh_degree": min(step, 1), "rates": RATES}
        found, found_error = ours.learn(target, WEIGHTS, **options)
        expected, error = true.learn(target, WEIGHTS, **options)
        for field in fields(expected):
            value = getattr(expected, field.name)
            assert value > 0
            assert getattr(found, field.name) == pytest.approx(value, rel=2e-3), field.name
        assert found_error == pytest.approx(error, rel=2e-3)
    end, reached = state_arrays(true.state()), state_arrays(ours.state())
    for name in NAMES:
        way = np.abs(end[name] - start[name])
        # Adam steps alike along slopes of 1 and of 1e-9, so that a few follow the rounding.
        apart = np.abs(reached[name] - end[name])
        assert np.linalg.norm(apart) < 0.05 * np.linalg.norm(way), name
        assert np.median(apart) <= 1e-3 * np.median(way), name
        for moment in ("first ", "second "):
            size = np.linalg.norm(end[moment + name])
            assert np.linalg.norm(reached[moment + name] - end[moment + name]) < 0.02 * size, name
    assert np.array_equal(reached["count"], end["count"])
    assert np.array_equal(reached["seen"], end["seen"])
    assert 0 < (end["seen"] < 4).sum() < len(surfels)
    assert np.linalg.norm(reached["pull"] - end["pull"]) < 0.02 * np.linalg.norm(end["pull"])
    moved = np.any(reached["means"] != start["means"], axis=1)
    assert not moved[end["seen"] == 0].any()


def test_held_surfels_keep_their_bits(surfels: SurfelCloud, targets: list[Target]) -> None:
    engine = make_engine("reference", make_state(surfels), num_held=50)
    start = state_arrays(engine.state())
    engine.learn(targets[0], WEIGHTS, sh_degree=1, rates=RATES)
    end = state_arrays(engine.state())
    for name in NAMES:
        assert np.array_equal(start[name][:50], end[name][:50]), name
        assert not np.array_equal(start[name][50:], end[name][50:]), name


def test_engines_draw_alike(surfels: SurfelCloud, targets: list[Target]) -> None:
    ours, true = (make_engine(name, make_state(surfels)) for name in ("reference", "numba"))
    target = targets[1]
    found, expected = (
        engine.draw(target.camera, world_from_cam=target.world_from_cam) for engine in (ours, true)
    )
    for name in ("color", "depth_sum", "alpha", "normals", "median"):
        image = getattr(found, name)
        assert image.dtype == np.float32
        assert np.abs(image - getattr(expected, name)).mean() < 1e-4, name
    assert ours.num_surfels == true.num_surfels == len(surfels)


def test_a_state_goes_on_where_it_was_taken(surfels: SurfelCloud, targets: list[Target]) -> None:
    options: dict[str, Any] = {"sh_degree": 1, "rates": RATES}
    engine = make_engine("reference", make_state(surfels))
    engine.learn(targets[0], WEIGHTS, **options)
    middle = engine.state()
    kept = state_arrays(middle)
    again = make_engine("reference", make_state(surfels, seed=2))
    again.restore(middle)
    for name, array in state_arrays(again.state()).items():
        assert array.dtype == kept[name].dtype
        assert np.array_equal(array, kept[name]), name
    for one in (engine, again):
        one.learn(targets[1], WEIGHTS, **options)
    ends = [state_arrays(one.state()) for one in (engine, again)]
    assert all(np.array_equal(ends[0][name], ends[1][name]) for name in kept)
    fewer = EngineState.start(make_state(surfels).surfels[np.arange(7)])
    again.restore(fewer)
    assert again.num_surfels == 7


def test_the_state_it_starts_from_is_not_changed(
    surfels: SurfelCloud, targets: list[Target]
) -> None:
    state = make_state(surfels)
    before = state_arrays(state)
    engine = make_engine("reference", state)
    engine.learn(targets[0], WEIGHTS, sh_degree=1, rates=RATES)
    after = state_arrays(state)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert not np.array_equal(engine.state().surfels.means, before["means"])


@pytest.mark.parametrize("name", list(FACTORIES))
def test_values_that_are_not_finite_are_refused(
    name: str, surfels: SurfelCloud, targets: list[Target]
) -> None:
    state = make_state(surfels)
    state.surfels.sh[40] = np.nan
    engine = make_engine(name, state)
    before = state_arrays(engine.state())
    with pytest.raises(ConventionError) as error:
        engine.learn(targets[0], WEIGHTS, sh_degree=1, rates=RATES)
    found = str(error.value)
    assert found.startswith("The fit diverged at the image: expected finite numbers, got ")
    assert found.endswith(
        f" of {targets[0].image.size} that are not. Resume from the last checkpoint with smaller "
        "steps (FitConfig.rates)."
    )
    after = state_arrays(engine.state())
    assert all(np.array_equal(before[key], after[key], equal_nan=True) for key in before)


def test_a_gradient_that_is_not_finite_is_named(
    surfels: SurfelCloud, targets: list[Target]
) -> None:
    def draw(*arguments: Any, **options: Any) -> Any:
        arguments[0].scales.register_hook(lambda gradient: gradient * float("nan"))
        return trace_reference(*arguments, **options)

    settings = EngineSettings(0.05, 500.0, (0.0, 0.0, 0.0), True)
    engine = TorchEngine(make_state(surfels), settings, draw=draw, device="cpu")
    with pytest.raises(ConventionError, match="The fit diverged at scales: expected finite"):
        engine.learn(targets[0], WEIGHTS, sh_degree=1, rates=RATES)


def test_pictures_on_the_device_are_bounded(surfels: SurfelCloud, targets: list[Target]) -> None:
    settings = EngineSettings(0.05, 500.0, (0.0, 0.0, 0.0), True)
    views = [replace(target) for target in targets[:3]]
    size = TargetTensors.of(views[0]).num_bytes
    assert size == views[0].image.size * (1 + 4 / 3 + 4)
    engine = TorchEngine(
        make_state(surfels), settings, draw=trace_reference, device="cpu", target_bytes=2 * size
    )
    kept = [engine._target_tensors(view) for view in views]
    assert engine._target_tensors(views[1]) is kept[1]
    assert engine._target_tensors(views[2]) is not kept[2]
    del views[0]  # as a fit does when images grow
    assert engine._target_tensors(views[1]) is engine._target_tensors(views[1])


def test_a_fit_learns_with_it(frames: list[Frame], surfels: SurfelCloud) -> None:
    config = replace(
        SMALL_FIT,
        num_steps=20,
        resolutions=((0.0, 4), (0.5, 2)),
        losses=LossConfig(depth=0.1),
    )
    reports: list[StepReport] = []
    fitter = Fitter(frames, surfels, config=config, make_engine=FACTORIES["reference"])
    before = fitter.evaluate([1]).psnr
    fitter.fit(progress=reports.append)
    assert fitter.evaluate([1]).psnr > before + 1
    assert np.mean([report.loss for report in reports[-4:]]) < 0.8 * np.mean(
        [report.loss for report in reports[:4]]
    )
    assert reports[-1].num_surfels > len(surfels)


def stand_in(**arguments: Any) -> tuple[Any, ...]:
    """``gsplat.rasterization_2dgs`` for one camera, strict about shapes, drawn by the reference."""
    means, colors, view = arguments["means"], arguments["colors"], arguments["viewmats"]
    count = len(means)
    assert colors.shape[:2] == (1, count)
    assert view.shape == (1, 4, 4)
    assert arguments["backgrounds"].shape == (1, colors.shape[2])
    depths = (means @ view[0, 2, :3] + view[0, 2, 3])[None]
    colors = torch.cat([colors, depths[..., None]], dim=-1)
    trace = trace_reference(
        SurfelTensors(
            means, arguments["quats"], arguments["scales"][:, :2], arguments["opacities"],
            means.new_zeros((count, 1, 3)),
        ),
        Camera(arguments["Ks"][0].double().numpy(), arguments["width"], arguments["height"]),
        world_from_cam=torch.linalg.inv(view[0]).numpy(),
        settings=DrawSettings(arguments["near_plane"], 1e10),
        features=colors[0],
    )  # fmt: skip
    images, slopes = trace.images, torch.zeros((1, count, 2), requires_grad=True)
    assert images.features is not None
    behind = torch.nn.functional.pad(arguments["backgrounds"], (0, 1))
    drawn = images.features + (1 - images.alpha[..., None]) * behind + slopes.sum()
    normals = images.normals @ view[0, :3, :3]
    details = {"radii": 9 * trace.visible[None, :, None].expand(-1, -1, 2), "gradient_2dgs": slopes}
    alpha, median = images.alpha[None, ..., None], images.median[None, ..., None]
    return drawn[None], alpha, normals[None], None, None, median, details


def test_gsplat_takes_what_it_is_given(
    surfels: SurfelCloud, targets: list[Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    package: Any = ModuleType("gsplat")
    package.rasterization_2dgs = stand_in
    monkeypatch.setitem(sys.modules, "gsplat", package)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device", nullcontext)
    settings = EngineSettings(0.05, 500.0, (0.2, 0.4, 0.6), True)
    engine = TorchEngine(make_state(surfels), settings, draw=GsplatRasterizer().draw, device="cpu")
    true = make_engine("reference", make_state(surfels))
    pose = {"world_from_cam": targets[0].world_from_cam}
    found, expected = (one.draw(targets[0].camera, **pose) for one in (engine, true))
    for name in ("color", "alpha", "normals"):
        assert np.abs(getattr(found, name) - getattr(expected, name)).max() < 1e-4, name
    losses = [
        engine.learn(targets[0], WEIGHTS, sh_degree=1, rates=RATES)[0].total for _ in range(6)
    ]
    assert losses[-1] < 0.95 * losses[0]
    statistics = engine.state().statistics
    assert np.array_equal(statistics.pull > 0, statistics.seen > 0)
    assert 0 < (statistics.seen > 0).sum() < len(surfels)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_fit_learns_on_cuda(frames: list[Frame], surfels: SurfelCloud) -> None:
    pytest.importorskip("gsplat")
    config = replace(SMALL_FIT, num_steps=120, losses=LossConfig(depth=0.1, distortion=1.0))
    ours = Fitter(frames, surfels, config=config, make_engine=gsplat_engine_factory())
    true = Fitter(frames, surfels, config=config)
    assert np.abs(ours.draw(1).color - true.draw(1).color).mean() < 0.02
    before = ours.evaluate().psnr
    for fitter in (ours, true):
        fitter.fit()
    assert ours.evaluate().psnr > max(before + 1, true.evaluate().psnr - 1)
