"""The three generators with tiny random networks: whole runs, seeds, orders, limits."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from scenewright.core import ConventionError, ScenewrightError, WeightsError
from scenewright.models import SceneGenerator, available, create
from scenewright.models.generated import GeneratedScene
from scenewright.models.generators import checkpoints, memory, network_store, sceneflow
from scenewright.models.generators.sceneflow import first_object
from tests.models.generators.generator_builders import Packages, scene_picture

MODELS = ("sceneflow/iscene", "sceneflow/scenegen", "sceneflow/trellis")


def make(packages: Packages, model: str, **changes: Any) -> Any:
    return create(model, **{**packages.options(model), **changes})


def assert_same(one: GeneratedScene, other: GeneratedScene, *, atol: float = 0.0) -> None:
    assert [each.number for each in one.objects] == [each.number for each in other.objects]
    for a, b in zip(one.objects, other.objects, strict=True):
        np.testing.assert_array_equal(a.voxels, b.voxels)
        np.testing.assert_allclose(a.gaussians.means, b.gaussians.means, atol=atol)
        np.testing.assert_allclose(a.gaussians.colors, b.gaussians.colors, atol=atol)


def test_the_generators_are_registered() -> None:
    assert tuple(available("sceneflow/*")) == MODELS


@pytest.mark.parametrize("model", MODELS)
def test_whole_run_twice_with_one_seed(packages: Packages, model: str) -> None:
    calls: list[tuple[str, int, int, str]] = []
    generator = make(packages, model, order="given")
    assert isinstance(generator, SceneGenerator)
    scene = generator.generate(scene_picture(2), seed=3, progress=lambda *call: calls.append(call))
    assert [each.number for each in scene.objects] == [0, 1]
    for each in scene.objects:
        assert len(each.voxels) and each.voxels.max() < each.resolution == 8
        assert len(each.mesh.faces) and np.abs(each.mesh.vertices).max() <= 0.6
        assert len(each.gaussians) == 4 * len(each.voxels)
    stages = list(dict.fromkeys(stage for stage, *_ in calls))
    assert stages == ["pictures", "structure", "latents", "shapes"]
    assert all(done <= total for _, done, total, _ in calls)
    assert [call for call in calls if call[0] == "pictures"][-1][1:3] == (
        len([call for call in calls if call[0] == "pictures"]),
    ) * 2
    again = make(packages, model, order="given").generate(scene_picture(2), seed=3)
    assert_same(scene, again)
    other = generator.generate(scene_picture(2), seed=4)
    assert any(
        a.voxels.shape != b.voxels.shape or (a.voxels != b.voxels).any()
        for a, b in zip(scene.objects, other.objects, strict=True)
    )


def test_poses_and_frames(packages: Packages) -> None:
    made = {m: make(packages, m, steps=1).generate(scene_picture(2)) for m in MODELS}
    assert [made[m].frame for m in MODELS] == ["scene cube", "first object", ""]
    for each in made["sceneflow/iscene"].objects:
        np.testing.assert_array_equal(each.pose, np.eye(4))
    # The largest mask is the last one; the others are relative to it.
    first, second = made["sceneflow/scenegen"].objects
    assert (first.number, second.number) == (1, 0)
    assert first.pose is not None and second.pose is not None
    np.testing.assert_allclose(first.pose, np.eye(4), atol=1e-9)
    assert np.abs(second.pose - np.eye(4)).max() > 1e-3
    assert all(each.pose is None for each in made["sceneflow/trellis"].objects)


def test_repaired_poses_are_named(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    model = "sceneflow/scenegen"
    sample = vars(sceneflow)["sample_structures"]
    scales = [1.0, 1.0]

    def with_scales(*arguments: Any, **options: Any) -> Any:
        latents, poses = sample(*arguments, **options)
        assert poses is not None
        poses[:, 3] = 1  # some rotation
        poses[:, 7] = torch.tensor(scales)
        return latents, poses

    monkeypatch.setattr(sceneflow, "sample_structures", with_scales)
    assert make(packages, model, steps=1).generate(scene_picture(2)).repaired == ()
    # The largest mask, the last one, comes first in the order of the generator.
    scales[1] = -1.0
    assert make(packages, model, steps=1).generate(scene_picture(2)).repaired == (0,)


def test_low_memory_gives_the_same_scene(packages: Packages) -> None:
    model = "sceneflow/trellis"
    plain = make(packages, model).generate(scene_picture(2))
    assert_same(plain, make(packages, model, low_memory=True).generate(scene_picture(2)), atol=1e-4)


def test_low_memory_holds_one_network_at_a_time(
    packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[weakref.ref[Any]] = []
    load = checkpoints.load_network

    def watched(*arguments: Any, **options: Any) -> Any:
        gc.collect()
        assert not [each for each in loaded if each() is not None]
        network, digest = load(*arguments, **options)
        loaded.append(weakref.ref(network))
        return network, digest

    monkeypatch.setattr(network_store, "load_network", watched)
    make(packages, "sceneflow/scenegen", low_memory=True, steps=1).generate(scene_picture(2))
    assert len(loaded) == 7


def test_several_pictures_are_used_in_turn(packages: Packages) -> None:
    generator = make(packages, "sceneflow/scenegen")
    one = generator.generate(scene_picture(2))
    same = generator.generate(scene_picture(2), scene_picture(2))
    assert_same(one, same, atol=1e-4)
    brighter = scene_picture(2)
    brighter.image[:] = 255 - brighter.image
    other = generator.generate(scene_picture(2), brighter)
    assert not np.array_equal(one.objects[1].pose, other.objects[1].pose)


@pytest.mark.parametrize(("order", "wanted"), [
    ("largest", [2, 0, 1]), ("smallest", [0, 1, 2]), ("given", [0, 1, 2]),
])  # fmt: skip
def test_first_object(order: str, wanted: list[int]) -> None:
    assert first_object(scene_picture(3), order).tolist() == wanted


def message(error: type[Exception], call: Callable[[], object]) -> str:
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def test_too_many_objects(packages: Packages) -> None:
    generator = make(packages, "sceneflow/trellis")
    text = message(ConventionError, lambda: generator.generate(scene_picture(17, width=170)))
    assert text == (
        "Objects of a scene: expected at most 16, got 17. Leave masks out, or raise --max-objects "
        "(max_objects); time and memory grow with the number."
    )
    more = make(packages, "sceneflow/trellis", max_objects=17, steps=1)
    assert len(more.generate(scene_picture(17, width=170)).objects) > 0


def test_not_enough_memory(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = make(packages, "sceneflow/trellis")
    need, less = (
        generator.memory_gb(2),
        make(packages, "sceneflow/trellis", low_memory=True).memory_gb(2),
    )
    assert less < need
    monkeypatch.setattr(memory, "available_gb", lambda device: (need + less) / 2)
    text = message(ScenewrightError, lambda: generator.generate(scene_picture(2)))
    assert text == (
        f"Memory of cpu for 'sceneflow/trellis' with 2 objects: expected {need:.1f} GB free "
        f"(estimated), got {(need + less) / 2:.1f} GB. Add --low-memory (low_memory=True), which "
        f"needs {less:.1f} GB."
    )
    monkeypatch.setattr(memory, "available_gb", lambda device: 0.1)
    text = message(ScenewrightError, lambda: generator.generate(scene_picture(1)))
    assert text.endswith(
        "got 0.1 GB. Generate fewer objects at a time, use --dtype bfloat16, or another machine."
    )


def test_weights_of_another_model(packages: Packages) -> None:
    options = packages.options("sceneflow/scenegen")
    del options["geometry_weights"]
    text = message(WeightsError, lambda: create("sceneflow/trellis", **options))
    assert text == (
        "Weights of backend 'sceneflow/trellis': expected a flow of trellis, got one with global "
        "attention (SceneGen). Choose the backend that the weights were made for; see "
        "'scenewright models list'."
    )


def test_unknown_type_device_and_settings(packages: Packages) -> None:
    model = "sceneflow/trellis"
    assert message(ConventionError, lambda: make(packages, model, dtype="int8")) == (
        "dtype: expected one of float32, bfloat16, float16, got int8"
    )
    assert message(ConventionError, lambda: make(packages, model, device="cpux")).startswith(
        "device: expected a device of torch, such as cpu or cuda, got cpux ("
    )
    assert message(ConventionError, lambda: make(packages, model, order="first")) == (
        "order: expected one of largest, smallest, given, got 'first'"
    )
    assert message(ConventionError, lambda: make(packages, model, steps=0)) == (
        "steps: expected 1 or more, got 0"
    )
    assert message(ConventionError, lambda: make(packages, model, guidance=-1.0)) == (
        "guidance: expected 0 or more, got -1"
    )


def test_half_precision_runs(packages: Packages) -> None:
    scene = make(packages, "sceneflow/trellis", dtype="bfloat16", steps=1).generate(
        scene_picture(1)
    )
    assert np.isfinite(scene.objects[0].gaussians.means).all()
