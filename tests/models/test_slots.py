"""The protocols: which backends satisfy which."""

from __future__ import annotations

import inspect

import pytest

from scenewright.models import (
    ImageEncoder,
    MaskProposer,
    PromptSegmenter,
    SceneGenerator,
    create,
)
from scenewright.models.generated import GeneratedScene, ScenePicture


class Nothing:
    """A generator that makes nothing."""

    def generate(self, *pictures: ScenePicture, seed: int = 0, progress: object = None) -> object:
        return GeneratedScene(())


def test_backends_without_weights_fill_their_slots() -> None:
    masks, segmenter = create("masks/depth-edges"), create("prompt/region-growing")
    assert isinstance(masks, MaskProposer) and not isinstance(masks, PromptSegmenter)
    assert isinstance(segmenter, PromptSegmenter) and not isinstance(segmenter, MaskProposer)
    assert not isinstance(segmenter, ImageEncoder | SceneGenerator)


def test_a_generator_is_what_has_its_method() -> None:
    assert isinstance(Nothing(), SceneGenerator)
    assert not isinstance(object(), SceneGenerator)


@pytest.mark.parametrize("slot", [ImageEncoder, MaskProposer, PromptSegmenter, SceneGenerator])
def test_slots_are_protocols_with_documented_methods(slot: type) -> None:
    methods = [m for n, m in vars(slot).items() if inspect.isfunction(m) and not n.startswith("_")]
    assert methods and all(method.__doc__ for method in methods)
