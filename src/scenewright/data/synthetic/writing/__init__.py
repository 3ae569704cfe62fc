"""Worlds and films on the disk: captures with truth, and shards of training samples."""

from scenewright.data.synthetic.writing.samples import (
    Sample,
    ShardRecipe,
    stream_samples,
    world_samples,
)
from scenewright.data.synthetic.writing.shards import read_shards, write_shard

__all__ = [
    "Sample",
    "ShardRecipe",
    "read_shards",
    "stream_samples",
    "world_samples",
    "write_shard",
]
