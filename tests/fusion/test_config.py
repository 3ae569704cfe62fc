"""Presets, their values, and bad input."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.fusion import (
    FusionConfig,
    OnlineAnySegConfig,
    VoteConfig,
    available_fusion_presets,
    fusion_preset,
)


def test_presets_choose_the_method() -> None:
    assert available_fusion_presets() == ("default", "onlineanyseg")
    assert fusion_preset("default") == FusionConfig()
    assert isinstance(fusion_preset("default").method, VoteConfig)
    assert isinstance(fusion_preset("onlineanyseg").method, OnlineAnySegConfig)


def test_presets_can_be_changed_in_part_and_stay_as_they_are() -> None:
    changed = fusion_preset("onlineanyseg", voxel_size=0.05)
    assert changed == replace(fusion_preset("onlineanyseg"), voxel_size=0.05)
    changed = fusion_preset("default", max_depth=3.0)
    assert (changed.voxel_size, changed.max_depth) == (fusion_preset("default").voxel_size, 3.0)
    assert changed.method == fusion_preset("default").method
    assert fusion_preset("default") == FusionConfig()


def test_an_unknown_preset_names_the_known_ones() -> None:
    message = "Fusion preset 'fast': expected one of default, onlineanyseg, got 'fast'"
    with pytest.raises(UnknownNameError, match=f"^{re.escape(message)}$"):
        fusion_preset("fast")


@pytest.mark.parametrize("name", ["voxel_size", "truncation_voxels", "max_depth", "isolation"])
@pytest.mark.parametrize("value", [0.0, -0.1, float("nan"), float("inf")])
def test_lengths_must_be_positive(name: str, value: float) -> None:
    message = f"FusionConfig.{name}: expected a positive number, got {value}"
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        replace(FusionConfig(), **cast(Any, {name: value}))


def test_settings_stand_for_themselves() -> None:
    config = FusionConfig(voxel_size=0.04, method=VoteConfig(min_points=7))
    assert fusion_preset(config) is config
    assert fusion_preset(config, max_depth=2.0) == replace(config, max_depth=2.0)
    message = "Fusion preset: expected a name or a FusionConfig, got VoteConfig"
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        fusion_preset(VoteConfig())  # type: ignore[arg-type]


def test_a_method_is_chosen_by_its_settings() -> None:
    message = "FusionConfig.method: expected a VoteConfig or an OnlineAnySegConfig, got str"
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        FusionConfig(method="votes")  # type: ignore[arg-type]


def test_presets_are_checked_when_they_are_changed() -> None:
    with pytest.raises(ConventionError, match=r"^FusionConfig\.voxel_size: "):
        fusion_preset("default", voxel_size=-1.0)


def test_the_published_preset_has_the_published_values() -> None:
    config = fusion_preset("onlineanyseg")
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


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("min_score", -0.1, "a number from 0 to 1"),
        ("min_score", 1.5, "a number from 0 to 1"),
        ("min_score", float("nan"), "a number from 0 to 1"),
        ("min_size", -0.1, "0 or more"),
        ("min_size", float("nan"), "0 or more"),
        ("min_frames", -1, "0 or more"),
    ],
)
def test_limits_of_what_is_listed_are_checked(name: str, value: float, expected: str) -> None:
    message = f"FusionConfig.{name}: expected {expected}, got {value}"
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        fusion_preset("default", **cast(Any, {name: value}))


def test_limits_of_what_is_listed_replace_those_of_the_preset() -> None:
    plain, published = fusion_preset("default"), fusion_preset("onlineanyseg")
    assert (plain.min_score, plain.min_size, plain.min_frames) == (0.35, 0.0, 1)
    assert published.min_score == 0.0
    changed = fusion_preset("default", min_score=0.0, min_size=0.3, min_frames=4)
    assert changed == replace(plain, min_score=0.0, min_size=0.3, min_frames=4)
    assert fusion_preset("default") is plain
