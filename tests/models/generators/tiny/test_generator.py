"""The backend generate/tiny as a whole, with small networks and with those of the wheel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.core import ConventionError, WeightsError  # noqa: E402
from scenewright.geometry.quaternions import rotation_from_quaternion  # noqa: E402
from scenewright.geometry.sheets import is_closed  # noqa: E402
from scenewright.models import create  # noqa: E402
from scenewright.models.generators.tiny.generator import _turned_to, prepared_crops  # noqa: E402
from scenewright.models.weights import builtin_folder  # noqa: E402
from tests.models.generators.tiny.tiny_builders import small_picture, small_weights  # noqa: E402


def test_a_picture_gives_whole_objects_at_places(tmp_path: Path) -> None:
    path = small_weights(tmp_path / "w.safetensors")
    generator = create("generate/tiny", weights=f"file:{path}")
    stages: list[str] = []
    made = generator.generate(
        small_picture(), seed=1, progress=lambda stage, *_: stages.append(stage)
    )
    assert (
        made.frame == "scene cube" and not made.missing and set(stages) == {"structure", "shapes"}
    )
    assert [each.number for each in made.objects] == [0, 1]
    for each in made.objects:
        assert is_closed(each.mesh.faces) and each.pose is not None
        assert np.abs(each.mesh.vertices).max() <= 0.5
        assert len(each.gaussians) == len(each.mesh.vertices)
        assert each.mesh.vertex_colors is not None
    left, right = made.objects
    assert left.pose[0, 3] < right.pose[0, 3]
    red, blue = (each.mesh.vertex_colors.mean(axis=0) for each in made.objects)
    assert red[0] > 150 and blue[2] > 150 and red[2] < 60
    again = generator.generate(small_picture(), seed=1)
    assert np.array_equal(again.objects[0].mesh.vertices, left.mesh.vertices)


def test_measured_points_decide_the_cube() -> None:
    crops, cube = prepared_crops(small_picture(with_points=True))
    assert cube is not None and np.isfinite(crops.scene.points).any()
    crops, cube = prepared_crops(small_picture())
    assert cube is None and not np.isfinite(crops.scene.points).any()


def test_bad_input_is_refused(tmp_path: Path) -> None:
    path = small_weights(tmp_path / "w.safetensors")
    generator = create("generate/tiny", weights=f"file:{path}", max_objects=1)
    with pytest.raises(ConventionError, match="Objects of a scene: expected at most 1, got 2"):
        generator.generate(small_picture())
    with pytest.raises(ConventionError, match="dtype: expected float32, got float16"):
        create("generate/tiny", weights=f"file:{path}", dtype="float16")
    with pytest.raises(ConventionError, match="guidance: expected steps too"):
        create("generate/tiny", weights=f"file:{path}", guidance=3.0)
    with pytest.raises(WeightsError, match="nothing at"):
        create("generate/tiny", weights=f"file:{tmp_path / 'none.safetensors'}")


def test_the_weights_of_the_wheel_are_small_and_work() -> None:
    assert (builtin_folder() / "generate-tiny.safetensors").stat().st_size < 40e6
    made = create("generate/tiny").generate(small_picture(with_points=True))
    assert len(made.objects) + len(made.missing) == 2


def test_flat_gaussians_lie_in_the_surface() -> None:
    normals = np.random.default_rng(0).normal(size=(50, 3))
    normals[:3] = (0, 0, -2), (0, 0, 3), (0, 0, 0)
    quats = _turned_to(normals)
    axes = rotation_from_quaternion(quats)[:, :, 2]
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    assert np.allclose(axes[3:], normals[3:] / lengths[3:], atol=1e-6)
    assert np.allclose(axes[:3], ((0, 0, -1), (0, 0, 1), (0, 0, 1)))
    assert np.allclose(np.linalg.norm(quats, axis=1), 1)
