"""Settings that cannot be, and those that have no effect."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import ConventionError, MissingExtraError, UnknownNameError
from scenewright.pipelines.generate import checks
from scenewright.pipelines.generate.masks import read_scene_input
from scenewright.pipelines.generate.settings import GenerateSettings

TYPES = {
    "seed": ("x", "seed: expected a whole number, got 'x'"),
    "steps": (1.5, "steps: expected a whole number or nothing (null), got 1.5"),
    "guidance": ([], "guidance: expected a number or nothing (null), got []"),
    "low_memory": ("yes", "low_memory: expected true or false, got 'yes'"),
    "weights": (3, "weights: expected text or nothing (null), got 3"),
}
RANGES = {
    "keep_faces": (1e-9, "--keep-faces (keep_faces): expected 0.001 to 1, got 1e-09"),
    "coloring": ("x", "--coloring (coloring): expected auto or texture or vertices, got x"),
    "texture_size": (3, "--texture-size (texture_size): expected 16 to 8192, got 3"),
    "steps": (0, "--steps (steps): expected 1 or more, got 0"),
    "guidance": (-1.0, "--guidance (guidance): expected 0 or more, got -1"),
    "order": ("x", "--order (order): expected one of largest, smallest, given, got 'x'"),
    "max_objects": (0, "--max-objects (max_objects): expected 1 or more, got 0"),
    "seed": (-1, "--seed (seed): expected 0 to 9223372036854775608, got -1"),
    "candidates": (65, "--candidates (candidates): expected 1 to 64, got 65"),
    "depth_scale": (0.0, "--depth-scale (depth_scale): expected above 0, got 0"),
}


@pytest.mark.parametrize("name", TYPES)
def test_arguments_of_another_type(name: str) -> None:
    value, text = TYPES[name]
    with pytest.raises(ConventionError) as caught:
        checks.settings_from_arguments({name: value})
    assert str(caught.value) == text


def test_numbers_of_numpy_are_numbers() -> None:
    found = checks.settings_from_arguments({"seed": np.int64(3), "fov": np.float32(50), "steps": 2})
    assert found == GenerateSettings(seed=3, fov=50.0, steps=2)


@pytest.mark.parametrize("name", RANGES)
def test_values_out_of_range_are_named_by_their_option(name: str) -> None:
    value, text = RANGES[name]
    changes: dict[str, Any] = {name: value}
    with pytest.raises(ConventionError) as caught:
        checks.check_settings(GenerateSettings(**changes))
    assert str(caught.value) == text


def test_candidates_of_a_generator_that_is_not_random() -> None:
    with pytest.raises(ConventionError) as caught:
        checks.check_settings(GenerateSettings(candidates=2))
    assert str(caught.value) == (
        "--candidates (candidates): expected 1 with generate/tiny and no --steps, got 2. Add "
        "--steps 12: only its flow is random."
    )
    checks.check_settings(GenerateSettings(candidates=2, steps=12))


def test_wrong_generators_and_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    checks.check_settings(GenerateSettings())
    with pytest.raises(UnknownNameError) as caught:
        checks.check_settings(GenerateSettings(model="sceneflow/scengen"))
    assert str(caught.value) == (
        "Generator 'sceneflow/scengen': expected one of generate/tiny, sceneflow/iscene, "
        "sceneflow/scenegen, sceneflow/trellis. Did you mean 'sceneflow/scenegen'?"
    )

    def lacking(package: str, *, extra: str) -> None:
        raise MissingExtraError(f"{package} {extra}")

    monkeypatch.setattr(checks, "require", lacking)
    with pytest.raises(MissingExtraError, match="fast_simplification assets"):
        checks.check_settings(GenerateSettings())


def test_settings_without_effect(picture: Path) -> None:
    ids = str(picture.parent / "ids.png")
    source = read_scene_input([picture], None, GenerateSettings(masks=(ids,)))
    settings = GenerateSettings(
        masks=(ids,), model="sceneflow/iscene", segmenter="masks/sam2",
        segmenter_weights="file:a", encoder_weights="file:b", geometry_weights="file:c",
        order="given", coloring="vertices", texture_size=64,
        depth_scale=5000.0,
    )  # fmt: skip
    assert checks.settings_without_effect(settings, source) == (
        "--encoder-weights has no effect: sceneflow/iscene does not use it",
        "--geometry-weights has no effect: sceneflow/iscene does not use it",
        "--order has no effect: sceneflow/iscene does not use it",
        "--segmenter has no effect: it finds the objects in --boxes, of which there are none",
        "--segmenter-weights has no effect: the masks are from no backend",
        "--texture-size has no effect: the meshes have no textures (--coloring vertices)",
        "--depth-scale has no effect: there is no depth",
    )
    scenegen = replace(settings, model="sceneflow/scenegen", base_weights="file:d")
    found = checks.settings_without_effect(scenegen, source)
    assert found[0] == "--base-weights has no effect: sceneflow/scenegen does not use it"
    assert len(found) == 5
    assert checks.settings_without_effect(GenerateSettings(masks=(ids,)), source) == ()
    floats = replace(source, depth=np.ones((48, 64), np.float32))
    scaled = GenerateSettings(depth_scale=500.0)
    assert checks.settings_without_effect(scaled, floats) == (
        "--depth-scale has no effect: depth of floats is in meters",
    )
    assert checks.settings_without_effect(scaled, replace(floats, depth_is_scaled=True)) == ()
