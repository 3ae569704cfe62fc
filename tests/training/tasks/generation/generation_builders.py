"""A small codec and small shards for the tests of training."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from scenewright.training.tasks.generation.config import EncoderTrainingConfig, FlowTrainingConfig
from scenewright.training.tasks.generation.shards import WORLDS_PER_SHARD, make_shards
from tests.models.generators.tiny.tiny_builders import small_weights

SHORT = FlowTrainingConfig(
    steps=4, scenes=2, width=32, blocks=2, heads=2, context_blocks=1, held_out=1,
    validate_every=2, warmup=1, bfloat16=False,
)  # fmt: skip
SHORT_ENCODER = EncoderTrainingConfig(
    steps=4, scenes=2, width=24, layers=1, token_width=32, token_layers=1, held_out=1,
    validate_every=2, warmup=1, bfloat16=False,
)  # fmt: skip


@cache
def shard_folder() -> Path:
    """A folder with two shards of three worlds each; made once."""
    folder = Path(mkdtemp())
    for number in range(2):
        make_shards(folder, first=number * WORLDS_PER_SHARD, worlds=3, kind="random")
    return folder


@cache
def networks_file() -> Path:
    """Weights with a small codec and a small encoder; made once."""
    return small_weights(Path(mkdtemp()) / "networks.safetensors")
