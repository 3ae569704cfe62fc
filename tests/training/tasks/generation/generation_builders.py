"""A small codec and small shards for the tests of training."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from scenewright.training.tasks.generation.config import FlowTrainingConfig
from scenewright.training.tasks.generation.shards import WORLDS_PER_SHARD, make_shards
from tests.models.generators.tiny.tiny_builders import small_weights

SHORT = FlowTrainingConfig(
    steps=4, encoder_steps=2, encoder_batch=3, batch_size=2, width=32, blocks=2, heads=2,
    context_blocks=1, token_width=32, token_blocks=1, components=4, held_out=1, validate_every=2,
    warmup=1, bfloat16=False,
)  # fmt: skip


@cache
def shard_folder() -> Path:
    """A folder with two shards of three worlds each; made once."""
    folder = Path(mkdtemp())
    for number in range(2):
        make_shards(folder, first=number * WORLDS_PER_SHARD, worlds=3, kind="random")
    return folder


@cache
def codec_file() -> Path:
    """Weights with a small codec; made once."""
    return small_weights(Path(mkdtemp()) / "codec.safetensors")
