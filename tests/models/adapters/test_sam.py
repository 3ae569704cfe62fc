"""Inputs and outputs of SAM against transformers."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from PIL import Image  # noqa: E402

from tests.models.adapters.adapter_builders import Make, color_image  # noqa: E402


@pytest.mark.parametrize("size", [(48, 64), (33, 97), (70, 51)])
def test_sam_input_and_output_match_transformers(
    size: tuple[int, int], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    transformers = pytest.importorskip("transformers")
    try:
        processor = transformers.SamImageProcessorPil(
            size={"longest_edge": 64}, pad_size={"height": 64, "width": 64}
        )
    except (AttributeError, ImportError):
        pytest.skip("this release of transformers has other names for its processors")
    backend, image = make("masks/sam"), color_image(*size)
    expected = processor(Image.fromarray(image), return_tensors="pt")
    logits = torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(0))
    masks = processor.post_process_masks(
        [logits[None]], expected["original_sizes"], expected["reshaped_input_sizes"], binarize=False
    )
    torch.testing.assert_close(backend._full_size(logits, size), masks[0][0])
    seen: list[Any] = []
    monkeypatch.setattr(backend._model, "get_image_embeddings", seen.append)
    backend._encode(image)
    torch.testing.assert_close(seen[0], expected["pixel_values"].float(), atol=1e-5, rtol=1e-5)
