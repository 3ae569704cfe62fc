"""Tiny random checkpoints in the real format of transformers, one per family."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from scenewright.core import Frame, MaskSet  # noqa: E402
from scenewright.models import available, card  # noqa: E402
from tests.models.models_builders import make_frame  # noqa: E402

Make = Callable[..., Any]
"""Creates a backend with its tiny checkpoint, see the fixture `make`."""
MASK_NAMES = [
    name for name in available("masks/*") if (card(name).weights or "").startswith("hub:")
]
SAM_NAMES = [name for name in MASK_NAMES if "PromptSegmenter" in card(name).other_slots]
ENCODER_NAMES = available("embed/*")
EVERYTHING: dict[str, dict[str, Any]] = {
    "masks/sam": {"points_per_side": 4, "min_iou": -9.0, "min_stability": 0.0, "min_area": 1},
    "masks/sam2": {"points_per_side": 4, "min_iou": -9.0, "min_stability": 0.0, "min_area": 1},
    "masks/sam3": {"concepts": ["chair", "red cup"], "min_score": 0.0, "min_area": 1},
    "masks/mask2former": {"min_score": 0.0, "min_area": 1},
}
"""Options with which networks of random weights give masks too."""
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
HALVES = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
WORDS = ["a", "cup", "chair", "red", "blue", "room", "of", "the"]


def write_settings(folder: Path, **settings: Any) -> None:
    """Writes preprocessor_config.json, as a published checkpoint has it."""
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))


def save(model: Any, folder: Path, **settings: Any) -> str:
    """Saves a network and its settings; returns the reference."""
    model.save_pretrained(folder)
    write_settings(folder, **settings)
    return f"file:{folder}"


def randomize(model: Any) -> Any:
    """Larger random weights than the initial ones, so that the output depends on the image."""
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
    return model


def tiny_sam(folder: Path) -> str:
    """SAM with 64 x 64 inputs."""
    torch.manual_seed(0)
    config = transformers.SamConfig(
        vision_config={
            "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 64,
            "patch_size": 16, "output_channels": 16, "mlp_dim": 32, "window_size": 2,
            "global_attn_indexes": [1], "num_pos_feats": 8,
        },
        prompt_encoder_config={
            "hidden_size": 16, "image_size": 64, "patch_size": 16, "mask_input_channels": 4,
            "image_embedding_size": 4,
        },
        mask_decoder_config={
            "hidden_size": 16, "mlp_dim": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )  # fmt: skip
    model = randomize(transformers.SamModel(config))
    return save(model, folder, size={"longest_edge": 64}, resample=2, **IMAGENET)


def tiny_sam2(folder: Path) -> str:
    """SAM 2 with 64 x 64 inputs."""
    torch.manual_seed(0)
    backbone = {
        "hidden_size": 8, "num_attention_heads": 1, "image_size": [64, 64],
        "blocks_per_stage": [1, 2, 2, 1], "embed_dim_per_stage": [8, 16, 32, 64],
        "num_attention_heads_per_stage": [1, 2, 4, 8], "window_size_per_stage": [8, 4, 4, 4],
        "global_attention_blocks": [4], "window_positional_embedding_background_size": [4, 4],
        "model_type": "sam2_hiera_det_model",
    }  # fmt: skip
    config = transformers.Sam2Config(
        vision_config={
            "backbone_config": backbone, "backbone_channel_list": [64, 32, 16, 8],
            "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]], "fpn_hidden_size": 32,
        },
        prompt_encoder_config={
            "hidden_size": 32, "image_size": 64, "patch_size": 16, "mask_input_channels": 4,
        },
        mask_decoder_config={
            "hidden_size": 32, "mlp_dim": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )  # fmt: skip
    model = randomize(transformers.Sam2Model(config))
    return save(model, folder, size={"height": 64, "width": 64}, resample=2, **IMAGENET)


def tiny_sam3(folder: Path) -> str:
    """SAM 3 with 56 x 56 inputs, 8 queries, and a tokenizer of single letters."""
    torch.manual_seed(0)
    model = randomize(transformers.Sam3Model(sam3_config()))
    # Higher scores than random ones, so that masks are not all alike.
    torch.nn.init.constant_(model.detr_decoder.presence_head.layer3.bias, 4.0)
    reference = save(model, folder, size={"height": 56, "width": 56}, resample=2, **HALVES)
    letter_tokenizer().save_pretrained(folder)
    return reference


def sam3_config() -> Any:
    """Configuration of the tiny SAM 3."""
    small = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64}
    backbone = {
        **small, "num_hidden_layers": 2, "image_size": 56, "patch_size": 14, "window_size": 2,
        "global_attn_indexes": [1], "pretrain_image_size": 28, "model_type": "sam3_vit_model",
    }  # fmt: skip
    text = {
        **small, "num_hidden_layers": 2, "vocab_size": 60, "max_position_embeddings": 16,
        "projection_dim": 16, "eos_token_id": 1, "bos_token_id": 0,
        "model_type": "clip_text_model",
    }  # fmt: skip
    return transformers.Sam3Config(
        vision_config={
            "backbone_config": backbone, "fpn_hidden_size": 32,
            "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
        },
        text_config=text,
        geometry_encoder_config={**small, "num_layers": 1},
        detr_encoder_config={**small, "num_layers": 1},
        detr_decoder_config={**small, "num_layers": 2, "num_queries": 8},
        mask_decoder_config={"hidden_size": 32, "num_attention_heads": 2},
    )  # fmt: skip


def letter_tokenizer() -> Any:
    """A tokenizer of CLIP that splits words into letters."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    names = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{x}</w>" for x in letters)]
    return transformers.CLIPTokenizer(vocab={x: i for i, x in enumerate(names)}, merges=[])


def tiny_mask2former(folder: Path) -> str:
    """Mask2Former with a small Swin backbone, 3 classes and 6 queries."""
    torch.manual_seed(0)
    backbone = transformers.SwinConfig(
        image_size=64, patch_size=4, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2],
        window_size=2, out_features=["stage1", "stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = transformers.Mask2FormerConfig(
        backbone_config=backbone, feature_size=32, mask_feature_size=32, hidden_dim=32,
        encoder_feedforward_dim=32, encoder_layers=1, decoder_layers=2, num_attention_heads=2,
        dim_feedforward=32, num_queries=6, num_labels=3,
    )  # fmt: skip
    model = transformers.Mask2FormerForUniversalSegmentation(config)
    size = {"shortest_edge": 64, "longest_edge": 96}
    return save(model, folder, size=size, resample=2, **IMAGENET)


def tiny_clip(folder: Path) -> str:
    """CLIP with 32 x 32 images, and a tokenizer of single letters."""
    torch.manual_seed(0)
    text = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "vocab_size": 60, "max_position_embeddings": 16,
        "projection_dim": 12, "eos_token_id": 1, "bos_token_id": 0,
    }  # fmt: skip
    vision = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 32, "patch_size": 8, "projection_dim": 12,
    }  # fmt: skip
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)
    reference = save(
        randomize(transformers.CLIPModel(config)),
        folder,
        size=32,
        crop_size=32,
        resample=3,
        **IMAGENET,
    )
    letter_tokenizer().save_pretrained(folder)
    return reference


def tiny_siglip2(folder: Path) -> str:
    """SigLIP 2 with 32 x 32 images, and a tokenizer of single letters."""
    torch.manual_seed(0)
    text = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "vocab_size": 40, "max_position_embeddings": 16,
        "projection_size": 16, "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0,
    }  # fmt: skip
    vision = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 32, "patch_size": 8,
    }  # fmt: skip
    config = transformers.SiglipConfig(text_config=text, vision_config=vision)
    model = randomize(transformers.SiglipModel(config))
    reference = save(model, folder, size={"height": 32, "width": 32}, resample=2, **HALVES)
    names = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁"]
    names += [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = {name: i for i, name in enumerate(names)}
    transformers.Siglip2Tokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
    return reference


BUILDERS = {
    "masks/sam": tiny_sam,
    "masks/sam2": tiny_sam2,
    "masks/sam3": tiny_sam3,
    "masks/mask2former": tiny_mask2former,
    "embed/clip": tiny_clip,
    "embed/siglip2": tiny_siglip2,
}
"""Registry name -> function that makes a tiny checkpoint."""


def color_image(height: int = 48, width: int = 64, *, seed: int = 0) -> NDArray[np.uint8]:
    """Colored boxes on noise, the same for the same seed."""
    rng = np.random.default_rng(seed)
    image = rng.integers(90, 110, (height, width, 3)).astype(np.uint8)
    image[height // 4 : height // 2, width // 4 : width // 2] = 220, 40, 30
    image[height // 2 :, (3 * width) // 4 :] = 20, 60, 200
    return image


def color_frame(height: int = 48, width: int = 64) -> Frame:
    """A frame with `color_image` and no depth."""
    return make_frame("000007", width=width, height=height, image=color_image(height, width))


def boxes_of(*boxes: tuple[int, int, int, int]) -> MaskSet:
    """Masks of a 64 x 48 image that fill boxes (x, y, x, y)."""
    stack = np.zeros((len(boxes), 48, 64), np.bool_)
    for mask, (x, y, x_end, y_end) in zip(stack, boxes, strict=True):
        mask[y:y_end, x:x_end] = True
    return MaskSet.from_dense(stack)
