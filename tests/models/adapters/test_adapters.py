"""All mask adapters, with tiny random weights loaded by the real code."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from scenewright.core import CaptureError  # noqa: E402
from scenewright.models import MaskProposer, PromptSegmenter, card  # noqa: E402
from tests.models.adapters.adapter_builders import (  # noqa: E402
    MASK_NAMES,
    SAM_NAMES,
    Make,
    color_frame,
    color_image,
)
from tests.models.conformance_builders import assert_proposes  # noqa: E402
from tests.models.models_builders import make_frame  # noqa: E402


@pytest.mark.parametrize("name", MASK_NAMES)
def test_conformance(name: str, make: Make) -> None:
    backend = make(name)
    assert_proposes(backend, color_frame())
    slots = {card(name).slot, *card(name).other_slots}
    assert ("PromptSegmenter" in slots) == isinstance(backend, PromptSegmenter)
    assert "MaskProposer" in slots and isinstance(backend, MaskProposer)


@pytest.mark.parametrize("name", MASK_NAMES)
def test_another_image_gives_other_masks(name: str, make: Make) -> None:
    backend = make(name)
    masks = backend.propose(color_frame())
    turned = make_frame(width=64, height=48, image=color_image()[::-1, :, ::-1].copy())
    other = backend.propose(turned)
    assert not np.array_equal(other.starts, masks.starts)


@pytest.mark.parametrize("name", MASK_NAMES)
def test_a_frame_without_image(name: str, make: Make) -> None:
    with pytest.raises(CaptureError) as caught:
        make(name).propose(make_frame("000003"))
    assert str(caught.value) == (
        f"Frame 000003: expected an image, because backend '{name}' reads color, got none. Use "
        "masks/depth-edges, which needs only depth."
    )


@pytest.mark.parametrize("name", MASK_NAMES)
@pytest.mark.parametrize("size", [(20, 100), (97, 33), (64, 64)])
def test_any_image_size(name: str, size: tuple[int, int], make: Make) -> None:
    masks = make(name).propose(color_frame(*size))
    assert (masks.height, masks.width) == size and len(masks)


@pytest.mark.parametrize("name", MASK_NAMES)
def test_bfloat16(name: str, make: Make) -> None:
    masks = make(name, dtype="bfloat16").propose(color_frame())
    assert len(masks) and np.isfinite(masks.scores).all()


@pytest.mark.parametrize("name", MASK_NAMES)
def test_filters(name: str, make: Make) -> None:
    masks = make(name).propose(color_frame())
    least = int(masks.areas().min()) + 1
    large = make(name, min_area=least).propose(color_frame())
    assert len(large) and large.areas().min() >= least
    strict = {"min_iou": 2.0} if name in SAM_NAMES else {"min_score": 1.0}
    assert len(make(name, **strict).propose(color_frame())) == 0
    few = make(name, suppress_iou=0.1).propose(color_frame())
    assert 0 < len(few) < len(masks)
    overlaps = few.iou(few) - np.eye(len(few))
    assert overlaps.max() <= 0.1
