"""Worlds and films on disk.

- `captures`: a film as a capture folder, in any layout of `layout_writers`, with ground truth.
- `truth_records`: ground truth as JSON records and meshes.
- `world_folder`: one world with its meshes and a preview image.
- `samples`, `shards`: training samples in memory and in tar files.
"""

from scenewright.worlds.writing.captures import TruthParts, write_capture
from scenewright.worlds.writing.layout_writers import LAYOUT_WRITERS, check_layout
from scenewright.worlds.writing.samples import (
    Sample,
    ShardRecipe,
    stream_samples,
    world_samples,
)
from scenewright.worlds.writing.shards import read_shards, write_shard
from scenewright.worlds.writing.truth_records import surface_mesh
from scenewright.worlds.writing.world_folder import draw_world, write_world

__all__ = [
    "LAYOUT_WRITERS",
    "Sample",
    "ShardRecipe",
    "TruthParts",
    "check_layout",
    "draw_world",
    "read_shards",
    "stream_samples",
    "surface_mesh",
    "world_samples",
    "write_capture",
    "write_shard",
    "write_world",
]
