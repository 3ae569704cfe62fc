"""Presets, their values, and what is refused."""

from __future__ import annotations

import re

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.fusion import (
    FusionConfig,
    OnlineAnySegConfig,
    VoteConfig,
    available_presets,
    preset,
)


def test_presets_choose_the_method() -> None:
    assert available_presets() == ("default", "onlineanyseg")
    assert preset("default") == FusionConfig()
    assert isinstance(preset("default").method, VoteConfig)
    assert isinstance(preset("onlineanyseg").method, OnlineAnySegConfig)


def test_presets_can_be_changed_in_part_and_stay_as_they_are() -> None:
    changed = preset("onlineanyseg", voxel_size=0.05)
    assert (changed.voxel_size, changed.max_depth) == (0.05, preset("onlineanyseg").max_depth)
    changed = preset("default", max_depth=3.0)
    assert (changed.voxel_size, changed.max_depth) == (preset("default").voxel_size, 3.0)
    assert changed.method == preset("default").method
    assert preset("default") == FusionConfig()


def test_an_unknown_preset_names_the_known_ones() -> None:
    message = "preset 'fast': expected one of default, onlineanyseg, got 'fast'"
    with pytest.raises(UnknownNameError, match=f"^{re.escape(message)}$"):
        preset("fast")


@pytest.mark.parametrize("name", ["voxel_size", "truncation_voxels", "max_depth", "isolation"])
@pytest.mark.parametrize("value", [0.0, -0.1, float("nan"), float("inf")])
def test_lengths_must_be_positive(name: str, value: float) -> None:
    message = f"FusionConfig.{name}: expected a positive number, got {value}"
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        FusionConfig(**{name: value})


def test_presets_are_checked_when_they_are_changed() -> None:
    with pytest.raises(ConventionError, match=r"^FusionConfig\.voxel_size: "):
        preset("default", voxel_size=-1.0)


def test_the_published_preset_has_the_published_values() -> None:
    config = preset("onlineanyseg")
    assert (config.voxel_size, config.truncation_voxels, config.max_depth) == (0.025, 4.0, 5.0)
    assert config.method == OnlineAnySegConfig(
        keyframe_interval=10,
        merge_interval=5,
        min_mask_pixels=400,
        ball_radius=0.03,
        cluster_min_points=4,
        outlier_neighbors=20,
        outlier_deviations=2.0,
        min_mask_points=20,
        min_coverage=0.3,
        min_voxels=50,
        min_containment=0.025,
        visible_share=0.2,
        visible_voxels=500,
        similarity_threshold=2.3,
        mutual_overlap=0.4,
        containing=0.8,
        contained=0.3,
        supporters=5.0,
        containment_merge=0.8,
        containment_passes=10,
        max_weight=5,
        stale_keyframes=20,
        min_points=25,
        cluster_radius=0.1,
        min_object_points=200,
    )


@pytest.mark.parametrize("kind", [VoteConfig, OnlineAnySegConfig])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_settings_of_a_method_are_checked(kind: type, value: float) -> None:
    message = f"{kind.__name__}.merge_interval: expected a number, 0 or more, got {value}"
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        kind(merge_interval=value)
