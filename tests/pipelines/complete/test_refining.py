"""New surfels fitted to the photographs of a small room whose surfels are known exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from scenewright.core import ConventionError, Scene, SurfelCloud, Views
from scenewright.core.surfels import SH_C0
from scenewright.geometry.quaternions import quaternion_from_normal
from scenewright.io import save
from scenewright.pipelines.complete.printer import show
from scenewright.pipelines.complete.refining import Refinement, refined_surfels
from scenewright.pipelines.complete.run import complete_run
from scenewright.pipelines.complete.settings import CompleteSettings
from scenewright.pipelines.complete.steps import complete_scene
from tests.completion.completion_builders import BOX, film, seen_scene

SPACING = 0.03
_COLUMNS = ("means", "quats", "scales", "opacities", "sh", "instance_id")


@cache
def surfel_scene() -> Scene:
    """What the cameras saw as surfels, one in each cell of 3 cm."""
    source = film()
    cloud = source.truth_points(spacing=SPACING)
    assert cloud.normals is not None and cloud.colors is not None
    facing = cloud.normals.astype(np.float64)
    facing[facing[:, 2] < -0.999999] = (1e-3, 0, -0.9999995)
    quats = quaternion_from_normal(facing).astype(np.float32)
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    surfels = SurfelCloud(
        cloud.points, quats, np.full((len(cloud), 2), 0.6 * SPACING, np.float32),
        np.full(len(cloud), 0.95, np.float32),
        ((cloud.colors / 255 - 0.5) / SH_C0).astype(np.float32)[:, None], cloud.instance_id,
    )  # fmt: skip
    frames = [source.frame(i) for i in range(len(source))]
    return replace(seen_scene(), surfels=surfels, views=Views.from_frames(frames))


def with_intruders(scene: Scene, count: int) -> Scene:
    """The scene with new bright green surfels between the cameras and the box."""
    old = scene.surfels
    assert old is not None
    rng = np.random.default_rng(0)
    new = old[:count]
    sh = np.zeros_like(new.sh)
    sh[:, 0] = (np.array([0.0, 1.0, 0.0]) - 0.5) / SH_C0
    means = rng.uniform((-0.4, -0.9, 0.3), (0.4, -0.6, 0.9), (count, 3)).astype(np.float32)
    new = replace(new, means=means, sh=sh)
    joined = {name: np.concatenate([getattr(old, name), getattr(new, name)]) for name in _COLUMNS}
    return replace(scene, surfels=SurfelCloud(**joined))


def test_surfels_in_front_of_what_was_seen_give_way_and_old_ones_stay() -> None:
    scene = with_intruders(surfel_scene(), 40)
    assert scene.surfels is not None
    num_old = len(scene.surfels) - 40
    after, done = refined_surfels(scene, film(), num_old=num_old, num_steps=60)
    assert after.surfels is not None and done.num_surfels == 40
    assert done.psnr_added < done.psnr_seen - 0.5
    lost, left = done.psnr_seen - done.psnr_added, done.psnr_seen - done.psnr_refined
    assert left < 0.3 * lost
    for name in _COLUMNS:
        old, new = getattr(scene.surfels, name), getattr(after.surfels, name)
        assert np.array_equal(old[:num_old], new[:num_old]), name
    assert after.surfels.opacities[num_old:].mean() < 0.7


def test_views_of_a_completed_room_do_not_get_worse() -> None:
    scene = surfel_scene()
    assert scene.surfels is not None
    settings = CompleteSettings(model="complete/hull", ids=(BOX,), background=False, refine=30)
    done = complete_scene(scene, film(), settings)
    fitted = done.refinement
    assert fitted is not None and fitted.num_steps == 30 and "refinement" in done.stages
    assert fitted.psnr_refined >= fitted.psnr_added
    assert fitted.psnr_refined > fitted.psnr_seen - 0.02
    grown = done.scene.surfels
    assert grown is not None and len(grown) == len(scene.surfels) + fitted.num_surfels
    assert np.array_equal(grown.means[: len(scene.surfels)], scene.surfels.means)


def test_what_is_missing_is_said() -> None:
    settings = CompleteSettings(refine=10)
    with pytest.raises(ConventionError) as error:
        complete_scene(seen_scene(), film(), settings)
    assert str(error.value) == (
        "Refinement of surfels: expected a scene with surfels, their instances and at least two "
        "views, got no surfels. Leave --refine out, or run 'scenewright decompose' first."
    )
    with pytest.raises(ConventionError, match="got no views"):
        complete_scene(replace(surfel_scene(), views=None), film(), settings)
    with pytest.raises(ConventionError) as error:
        complete_scene(surfel_scene(), None, settings)
    assert str(error.value) == (
        "Refinement of surfels: expected the frames of the capture, got none. Give them with "
        "--capture (capture=...), or leave --refine out."
    )


def test_a_folder_without_its_capture_is_refused(tmp_path: Path) -> None:
    save(surfel_scene(), tmp_path / "scene")
    with pytest.raises(ConventionError, match="expected the frames of the capture, got none"):
        complete_run(tmp_path / "scene", tmp_path / "whole", CompleteSettings(refine=10))
    assert not (tmp_path / "whole").exists()


class Lines:
    """A printer that keeps lines."""

    quiet = False

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, text: str = "") -> None:
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.lines.append(text)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.lines.append(" ".join(columns))


def test_the_command_says_what_the_fit_did() -> None:
    fitted = Refinement(1000, 40, 24.0, 23.5, 23.987)
    row = {
        "id": 3, "label": "", "completed": True, "skipped": None, "from": "mirror plane",
        "observed_share": 0.5, "hidden_uncertainty": 0.3, "seconds": 0.4,
        "seen_box": {"size": [1.0, 1.0, 1.0]}, "whole_box": {"size": [1.0, 1.0, 1.0]},
    }  # fmt: skip
    results = {
        "objects": [row], "num_objects": 1, "num_completed": 1, "grids_from": "the scene",
        "num_closed_faces": 0, "model": "complete/hull", "refinement": asdict(fitted),
    }  # fmt: skip
    report = SimpleNamespace(warnings=(), results=results, stages={})
    run: Any = SimpleNamespace(report=report, folder=SimpleNamespace(path=Path("whole")))
    out: Any = Lines()
    assert show(run, CompleteSettings(), out) == 0
    assert (
        "40 new surfels fitted to the photographs: PSNR of the views 23.99 dB, 23.50 before the "
        "fit, 24.00 without them"
    ) in out.lines
