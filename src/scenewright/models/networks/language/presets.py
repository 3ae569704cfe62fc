"""Presets of the tokenizer of scenes by name."""

from __future__ import annotations

from scenewright.core import UnknownNameError
from scenewright.models.networks.language.published import PublishedConfig, PublishedTokenizer
from scenewright.models.networks.language.tokenizer import SceneTokenizer, TokenizerConfig

PRESETS: dict[str, TokenizerConfig | PublishedConfig] = {
    "published": PublishedConfig(),
    "default": TokenizerConfig(
        shape_width=1024, view_width=768, width=4096, inner=1024, heads=8, blocks=4, tokens=3
    ),
    "small": TokenizerConfig(
        shape_width=1024, view_width=768, width=1024, inner=512, heads=8, blocks=3, tokens=3
    ),
    "tiny": TokenizerConfig(shape_width=32, width=128, inner=128, heads=4, blocks=2),
}
"""The published design, and ours in three sizes; change fields with ``dataclasses.replace``."""


def make_tokenizer(
    config: str | TokenizerConfig | PublishedConfig,
) -> SceneTokenizer | PublishedTokenizer:
    """A tokenizer with random weights.

    Args:
        config: A design, or the name of one of `PRESETS`.

    Raises:
        UnknownNameError: There is no such preset.
    """
    if isinstance(config, str):
        if config not in PRESETS:
            raise UnknownNameError(f"Preset '{config}'", expected=f"one of {', '.join(PRESETS)}")
        config = PRESETS[config]
    if isinstance(config, PublishedConfig):
        return PublishedTokenizer(config)
    return SceneTokenizer(config)
