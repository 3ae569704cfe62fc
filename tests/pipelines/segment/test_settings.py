"""The settings of ``segment``: their defaults, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from scenewright import models
from scenewright.core import ConventionError, UnknownNameError
from scenewright.fusion import FusionConfig, VoteConfig, available_fusion_presets
from scenewright.models import registry
from scenewright.pipelines.segment.settings import DEFAULT_MASKS, SegmentSettings
from scenewright.runs.fields import field_docs


@dataclass(frozen=True)
class Plugin:
    """An entry point of another package."""

    backend: Any

    def load(self) -> Any:
        return self.backend


@pytest.mark.parametrize("preset", available_fusion_presets())
def test_defaults_from_the_preset_are_those_of_the_help_text(preset: str) -> None:
    config = SegmentSettings(preset=preset).fusion()
    docs = field_docs(SegmentSettings)
    assert config.voxel_size == 0.025 and "(0.025 in all named ones)" in docs["voxel_size"]
    assert config.max_depth == {"default": None, "onlineanyseg": 5.0}[preset]
    assert docs["max_depth"].endswith("(5 in the preset onlineanyseg).")
    assert f"{config.min_score:g} in {preset}" in " ".join(docs["min_score"].split())
    assert docs["min_size"].endswith(f"default: {config.min_size:g}.")
    assert docs["min_frames"].endswith(f"default: {FusionConfig().min_frames}.")


def test_options_replace_what_the_preset_says() -> None:
    settings = SegmentSettings(voxel_size=0.01, max_depth=3.0)
    assert settings.fusion() == FusionConfig(voxel_size=0.01, max_depth=3.0)
    chosen = SegmentSettings(preset=FusionConfig(voxel_size=0.04), max_depth=2.0)
    assert chosen.fusion() == FusionConfig(voxel_size=0.04, max_depth=2.0)


def test_walls_are_parted_for_masks_that_know_none() -> None:
    def parts(settings: SegmentSettings) -> bool:
        method = settings.fusion().method
        return isinstance(method, VoteConfig) and method.part_walls

    assert parts(SegmentSettings(masks="masks/depth-edges"))
    assert not parts(SegmentSettings()) and not parts(SegmentSettings(masks="my-masks/"))
    assert not parts(SegmentSettings(masks="masks/depth-edges", preset="onlineanyseg"))
    assert not parts(SegmentSettings(masks="masks/depth-edges", preset=FusionConfig()))


def test_a_backend_of_others_says_that_it_mixes_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    class Edges:
        card = replace(models.card("masks/depth-edges"), name="masks/edges-of-others")

    class Whole:
        card = replace(Edges.card, name="masks/whole", mixes_walls=False)

    points = {one.card.name: Plugin(one) for one in (Edges, Whole)}
    monkeypatch.setattr(registry, "_plugins", lambda: points)
    for masks, parted in (("masks/edges-of-others", True), ("masks/whole", False)):
        method = SegmentSettings(masks=masks).fusion().method
        assert isinstance(method, VoteConfig) and method.part_walls == parted


def test_resolved_settings_hold_the_preset_and_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "masks").mkdir()
    settings = SegmentSettings(masks="masks", voxel_size=0.01).resolved()
    assert settings.masks == str(tmp_path / "masks")
    assert settings.preset == FusionConfig(voxel_size=0.01) and settings.voxel_size is None
    assert settings.resolved() == settings
    assert SegmentSettings().resolved().masks == DEFAULT_MASKS


def test_wrong_presets_and_numbers() -> None:
    with pytest.raises(UnknownNameError, match="preset 'fast'"):
        SegmentSettings(preset="fast").fusion()
    with pytest.raises(ConventionError, match="voxel_size"):
        SegmentSettings(voxel_size=-1.0).fusion()
