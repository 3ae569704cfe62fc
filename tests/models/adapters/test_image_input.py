"""Images as inputs of networks, against transformers."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from PIL import Image  # noqa: E402

from scenewright.models.adapters._image_input import ImageInput  # noqa: E402
from tests.models.adapters.adapter_builders import IMAGENET, color_image  # noqa: E402


@pytest.mark.parametrize("resample", [2, 3])
def test_inputs_match_transformers(resample: int) -> None:
    """Against the image processor of CLIP on a square, where both do the same."""
    image = color_image(48, 48)
    settings = {"size": {"shortest_edge": 32}, "crop_size": 32, "resample": resample, **IMAGENET}
    try:
        processor = transformers.CLIPImageProcessorPil(**settings)
    except (AttributeError, ImportError):
        pytest.skip("this release of transformers has other names for its processors")
    expected = processor(Image.fromarray(image), return_tensors="np")["pixel_values"][0]
    ours = ImageInput.from_settings(settings, resample=0)(image, (32, 32))
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_settings_can_disable_steps() -> None:
    image = color_image(4, 4)
    plain = ImageInput.from_settings({"do_normalize": False, "do_rescale": False}, resample=2)
    np.testing.assert_array_equal(plain(image, (4, 4)), image.transpose(2, 0, 1))
    scaled = ImageInput.from_settings({"do_normalize": False}, resample=2)
    np.testing.assert_allclose(scaled(image, (4, 4)), image.transpose(2, 0, 1) / 255, rtol=1e-6)
