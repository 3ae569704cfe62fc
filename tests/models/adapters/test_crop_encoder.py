"""The encoders of images and texts, with tiny random weights loaded by the real code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from scenewright.core import ConventionError, MaskSet, ShapeError, WeightsError  # noqa: E402
from scenewright.models import card, create  # noqa: E402
from scenewright.models.crops import mask_crops, pad_to_square  # noqa: E402
from tests.models.adapters.adapter_builders import (  # noqa: E402
    BUILDERS,
    ENCODER_NAMES,
    Make,
    boxes_of,
    color_frame,
    color_image,
)
from tests.models.conformance_builders import assert_encodes  # noqa: E402

MASKS = boxes_of((16, 12, 32, 24), (48, 24, 64, 48), (0, 0, 64, 48), (5, 5, 6, 6))


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_conformance(name: str, make: Make) -> None:
    assert card(name).slot == "ImageEncoder"
    assert_encodes(make(name), color_frame(), MASKS)


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_vectors_are_means_of_three_crops(name: str, make: Make) -> None:
    """One crop at a time: each mask gets its own crops whatever the batch size."""
    encoder, image = make(name, batch_size=2), color_image()
    expected = []
    for i in range(len(MASKS)):
        parts = [encoder.encode(crop)[0] for crop in mask_crops(image, MASKS[[i]])]
        assert len(parts) == 3
        mean = np.mean(parts, axis=0)
        expected.append(mean / np.linalg.norm(mean))
    np.testing.assert_allclose(encoder.encode(image, MASKS), expected, atol=1e-5)
    np.testing.assert_allclose(make(name).encode(image, MASKS), expected, atol=1e-5)


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_the_order_of_colors_matters(name: str, make: Make) -> None:
    encoder, image = make(name), color_image()
    right = encoder.encode(image, MASKS)
    wrong = encoder.encode(np.ascontiguousarray(image[..., ::-1]), MASKS)
    assert (np.abs(right - wrong).max(axis=1) > 1e-3).all()


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_the_network_gets_red_first(name: str, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, seen = make(name), []
    dim = encoder.dim

    def record(pixel_values: Any) -> Any:
        seen.append(pixel_values)
        return torch.ones(len(pixel_values), dim)

    monkeypatch.setattr(encoder._model, "get_image_features", record)
    red = np.zeros((40, 40, 3), np.uint8)
    red[..., 0] = 255
    encoder.encode(red)
    mean, std = encoder._image_input.mean, encoder._image_input.std
    expected = (np.array([1.0, 0.0, 0.0]) - mean) / std
    np.testing.assert_allclose(seen[0][0].mean(dim=(1, 2)), expected, atol=1e-5)


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_background_can_be_left_out(name: str, make: Make) -> None:
    image = color_image()
    mask = MaskSet.from_id_map(np.eye(48, 64, dtype=np.int32))
    kept, left_out = make(name), make(name, keep_background=False)
    assert np.abs(kept.encode(image, mask) - left_out.encode(image, mask)).max() > 1e-3
    changed = np.where(mask.dense()[0][..., None], image, 255 - image)
    np.testing.assert_array_equal(left_out.encode(changed, mask), left_out.encode(image, mask))


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_bfloat16(name: str, make: Make) -> None:
    full, half = make(name), make(name, dtype="bfloat16")
    for vectors, expected in (
        (half.encode(color_image(), MASKS), full.encode(color_image(), MASKS)),
        (half.encode_text(["a cup"]), full.encode_text(["a cup"])),
    ):
        assert vectors.dtype == np.float32
        assert ((vectors * expected).sum(axis=1) > 0.95).all()


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_texts(name: str, make: Make) -> None:
    encoder = make(name, batch_size=2)
    texts = ["a cup", "a red chair", "a cup", "a room of the " + "blue " * 30]
    vectors = encoder.encode_text(texts)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-5)
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-3
    np.testing.assert_allclose(encoder.encode_text(texts[1:2])[0], vectors[1], atol=1e-5)
    np.testing.assert_allclose(encoder.encode_text(["A Cup"])[0], vectors[0], atol=1e-5)


def test_clip_matches_transformers(make: Make) -> None:
    encoder = make("embed/clip")
    model, tokenizer = encoder._model, encoder._load_tokenizer()
    tokens = tokenizer(["a red cup"], return_tensors="pt")
    image = encoder.encode(color_image())
    pixels = encoder._image_input(pad_to_square(color_image()), (32, 32))
    with torch.inference_mode():
        output = model(**tokens, pixel_values=pixels[None])
    np.testing.assert_allclose(encoder.encode_text(["a red cup"]), output.text_embeds, atol=1e-5)
    np.testing.assert_allclose(image, output.image_embeds, atol=1e-5)


def test_siglip_texts_are_padded_to_the_full_length(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = make("embed/siglip2")._tokenize(["cup", "a blue room"])
    assert list(tokens) == ["input_ids"]
    assert tokens["input_ids"].shape == (2, 16)


def test_vectors_go_into_a_mask_set(make: Make) -> None:
    masks = replace(MASKS, embeddings=make("embed/clip").encode(color_image(), MASKS))
    assert masks.embeddings is not None and masks.embeddings.shape == (4, 12)


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_wrong_input(name: str, make: Make) -> None:
    with pytest.raises(ConventionError, match=r"^batch_size: expected 1 or more, got 0$"):
        make(name, batch_size=0)
    with pytest.raises(ShapeError, match=r"^image: expected \(H, W, 3\) uint8, got \(4, 4, 3\) f"):
        make(name).encode(np.zeros((4, 4, 3)))
    with pytest.raises(ShapeError) as caught:
        make(name).encode(color_image(48, 60), MASKS)
    assert str(caught.value) == "masks to encode: expected 60 x 48, as the image, got 64 x 48"


def test_siglip2_for_any_aspect_ratio_is_refused(tmp_path: Path) -> None:
    reference = BUILDERS["embed/siglip2"](tmp_path)
    config = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace('"siglip"', '"siglip2"'))
    with pytest.raises(WeightsError, match=r"expected model_type siglip in config\.json, got sigl"):
        create("embed/siglip2", weights=reference)
