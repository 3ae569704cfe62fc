"""SAM 3 with a list of concepts, compared with the library's own pre- and postprocessing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from scenewright.core import ConventionError, MaskSet, WeightsError  # noqa: E402
from scenewright.models import create  # noqa: E402
from scenewright.models.adapters.sam3 import concept_masks, detection_scores  # noqa: E402
from tests.models.adapters import adapter_builders as builders  # noqa: E402
from tests.models.adapters.adapter_builders import EVERYTHING, Make, color_frame  # noqa: E402
from tests.models.conformance_builders import assert_same  # noqa: E402

OPTIONS = EVERYTHING["masks/sam3"]
RAW: dict[str, Any] = {**OPTIONS, "suppress_iou": 1.0}
"""Without suppression, so that every query gives a mask."""

Find = Callable[[str], str]


def published_masks(folder: str, image: NDArray[np.uint8], text: str) -> list[NDArray[np.bool_]]:
    """Masks of one concept by the library's processor, best first, those without pixels left out.

    The image input is this project's, because that of the library needs torchvision.
    """
    from scenewright.models.adapters._image_input import ImageInput

    settings = json.loads((Path(folder) / "preprocessor_config.json").read_text("utf-8"))
    pixels = ImageInput.from_settings(settings, resample=2)(image, (56, 56))[None]
    tokens = transformers.AutoTokenizer.from_pretrained(folder)(
        text, return_tensors="pt", padding="max_length", max_length=16
    )
    model = transformers.Sam3Model.from_pretrained(folder).eval()
    with torch.inference_mode():
        output = model(
            pixel_values=pixels,
            input_ids=tokens["input_ids"],
            attention_mask=tokens["attention_mask"],
        )
    scores = (output.pred_logits.sigmoid() * output.presence_logits.sigmoid())[0]
    full = torch.nn.functional.interpolate(
        output.pred_masks.sigmoid(), image.shape[:2], mode="bilinear", align_corners=False
    )[0]
    stack = (full > 0.5).numpy()[scores.argsort(descending=True, stable=True).numpy()]
    return [mask for mask in stack if mask.any()]


def test_masks_are_those_of_the_network_with_text_and_image(make: Make, reference_of: Find) -> None:
    """Features of the image and of the text are computed apart, which must change nothing."""
    frame = color_frame()
    assert frame.image is not None
    masks = make("masks/sam3", suppress_iou=1.0).propose(frame)
    folder = reference_of("masks/sam3").removeprefix("file:")
    for concept in OPTIONS["concepts"]:
        mine = masks[np.array([label == concept for label in masks.labels])]
        published = published_masks(folder, frame.image, concept)
        assert len(mine) == len(published) > 0
        different = mine.dense() != np.stack(published)
        assert different.mean() < 1e-3


def test_labels_and_order_of_scores(make: Make) -> None:
    masks = make("masks/sam3", suppress_iou=1.0).propose(color_frame())
    assert set(masks.labels) == set(OPTIONS["concepts"])
    for concept in OPTIONS["concepts"]:
        scores = masks.scores[[i for i, x in enumerate(masks.labels) if x == concept]]
        assert (np.diff(scores) <= 0).all() and len(np.unique(scores)) > 1


def test_concepts_do_not_influence_one_another(reference_of: Find, make: Make) -> None:
    both = make("masks/sam3", suppress_iou=1.0).propose(color_frame())
    reference = reference_of("masks/sam3")
    for concept in OPTIONS["concepts"]:
        options = {**RAW, "concepts": [concept]}
        alone = create("masks/sam3", weights=reference, **options).propose(color_frame())
        chosen = both[np.array([label == concept for label in both.labels])]
        np.testing.assert_allclose(chosen.scores, alone.scores, atol=1e-6)
        np.testing.assert_array_equal(chosen.dense(), alone.dense())


def test_the_image_is_encoded_once(reference_of: Find) -> None:
    backend = create("masks/sam3", weights=reference_of("masks/sam3"), **RAW)
    counts = {"vision": 0, "text": 0}
    model = backend._model
    model.vision_encoder.register_forward_hook(
        lambda *_: counts.__setitem__("vision", counts["vision"] + 1)
    )
    model.text_encoder.register_forward_hook(
        lambda *_: counts.__setitem__("text", counts["text"] + 1)
    )
    backend.propose(color_frame())
    backend.propose(color_frame())
    assert counts == {"vision": 2, "text": 0}


def test_of_the_same_masks_the_concept_with_the_higher_score_stays() -> None:
    logits = torch.full((1, 8, 8), 9.0)
    parts = [
        concept_masks(
            logits, torch.tensor([score]), size=(16, 16), label=label, min_score=0.1, min_area=1
        )
        for label, score in (("stool", 0.6), ("chair", 0.8))
    ]
    from scenewright.models.mask_tools import join_masks, suppress_masks

    kept = suppress_masks(join_masks(parts), iou=0.7)
    assert kept.labels == ("chair",) and kept.scores.tolist() == [np.float32(0.8)]


def test_masks_from_known_logits() -> None:
    logits = torch.full((4, 8, 8), -9.0)
    logits[0, :4] = 9.0
    logits[1, :, :2] = 9.0
    logits[2, 0, 0] = 9.0  # small
    logits[3] = 9.0  # unlikely
    scores = torch.tensor([0.6, 0.9, 0.95, 0.2])
    found = concept_masks(logits, scores, size=(32, 64), label="chair", min_score=0.5, min_area=100)
    assert found.labels == ("chair", "chair")
    assert found.scores.tolist() == pytest.approx([0.9, 0.6])
    side, top = found.dense()
    assert side[:, :14].all() and not side[:, 18:].any()
    assert top[:15].all() and not top[17:].any()
    none = concept_masks(logits, scores, size=(32, 64), label="a", min_score=0.99, min_area=1)
    assert isinstance(none, MaskSet) and len(none) == 0 and (none.height, none.width) == (32, 64)


def test_a_concept_that_is_absent_lowers_all_scores() -> None:
    logits = torch.tensor([4.0, 0.0])
    present, absent = (detection_scores(logits, torch.tensor([x])) for x in (10.0, -4.0))
    assert present.tolist() == pytest.approx([0.982, 0.5], abs=1e-3)
    assert absent.max() < 0.02


def test_a_concept_that_is_too_long(reference_of: Find) -> None:
    with pytest.raises(ConventionError) as caught:
        create("masks/sam3", weights=reference_of("masks/sam3"), concepts=["chair", "a" * 20])
    assert str(caught.value) == (
        f"Concept '{'a' * 20}': expected a word or short phrase of at most 16 tokens, got 22"
    )


def test_a_checkpoint_without_a_vocabulary(tmp_path: Path, reference_of: Find) -> None:
    folder = tmp_path / "sam3"
    shutil.copytree(reference_of("masks/sam3").removeprefix("file:"), folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(WeightsError) as caught:
        create("masks/sam3", weights=f"file:{folder}", concepts=["chair"])
    assert str(caught.value) == (
        f"The checkpoint {folder} cannot encode text: expected the files of its tokenizer "
        "(tokenizer.json or vocab.json), got none of them. Copy all json and txt files of the "
        "checkpoint."
    )


def test_video_weights_with_the_settings_of_a_processor(
    tmp_path: Path, reference_of: Find, make: Make
) -> None:
    """The published checkpoint contains the video network, and processor_config.json alone."""
    source = reference_of("masks/sam3").removeprefix("file:")
    plain = transformers.Sam3Model.from_pretrained(source)
    video = transformers.Sam3VideoModel(
        transformers.Sam3VideoConfig(
            detector_config=builders.sam3_config().to_dict(), tracker_config=tracker_config()
        )
    )
    video.detector_model.load_state_dict(plain.state_dict())
    video.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text("utf-8"))["model_type"] == "sam3_video"
    builders.letter_tokenizer().save_pretrained(tmp_path)
    settings = json.loads((Path(source) / "preprocessor_config.json").read_text("utf-8"))
    (tmp_path / "processor_config.json").write_text(json.dumps({"image_processor": settings}))
    masks = create("masks/sam3", weights=f"file:{tmp_path}", **OPTIONS).propose(color_frame())
    again = make("masks/sam3").propose(color_frame())
    assert_same(masks, again)
    assert masks.labels == again.labels


def tracker_config() -> dict[str, Any]:
    """Configuration of the small video network beside the detector."""
    return {
        "vision_config": builders.sam3_config().vision_config.to_dict(),
        "prompt_encoder_config": {
            "hidden_size": 32, "image_size": 56, "patch_size": 14, "mask_input_channels": 4,
        },
        "mask_decoder_config": {
            "hidden_size": 32, "mlp_dim": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
        "memory_attention_hidden_size": 32,
        "memory_encoder_hidden_size": 32,
        "memory_attention_num_layers": 1,
        "memory_attention_feed_forward_hidden_size": 32,
        "memory_encoder_output_channels": 16,
        "memory_attention_rope_feat_sizes": [4, 4],
        "memory_fuser_embed_dim": 32,
        "memory_fuser_intermediate_dim": 32,
        "mask_downsampler_embed_dim": 32,
        "image_size": 56,
    }  # fmt: skip
