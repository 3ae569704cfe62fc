"""SAM 2 with the weights of its video network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from scenewright.models import create  # noqa: E402
from tests.models.adapters.adapter_builders import EVERYTHING, color_frame  # noqa: E402
from tests.models.conformance_builders import assert_same  # noqa: E402


def test_video_weights_run_on_single_images(
    tmp_path: Path, reference_of: Callable[[str], str]
) -> None:
    """The published SAM 2 checkpoints contain the video network."""
    from tests.models.adapters import adapter_builders as builders

    transformers = pytest.importorskip("transformers")
    plain = transformers.Sam2Model.from_pretrained(reference_of("masks/sam2")[5:])
    config = transformers.Sam2VideoConfig(
        **{
            key: getattr(plain.config, key).to_dict()
            for key in ("vision_config", "prompt_encoder_config", "mask_decoder_config")
        },
        memory_attention_hidden_size=32,
        memory_encoder_hidden_size=32,
        memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=32,
        memory_encoder_output_channels=16,
        memory_attention_rope_feat_sizes=[4, 4],
        memory_fuser_embed_dim=32,
        memory_fuser_intermediate_dim=32,
        mask_downsampler_embed_dim=32,
        image_size=64,
    )
    video = transformers.Sam2VideoModel(config)
    _, unread = video.load_state_dict(plain.state_dict(), strict=False)
    assert unread == []
    reference = builders.save(
        video, tmp_path, size={"height": 64, "width": 64}, **builders.IMAGENET
    )
    options = EVERYTHING["masks/sam2"]
    masks = create("masks/sam2", weights=reference, **options).propose(color_frame())
    plain_masks = create("masks/sam2", weights=reference_of("masks/sam2"), **options)
    assert_same(masks, plain_masks.propose(color_frame()))
