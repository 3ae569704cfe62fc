"""Shards of a few small images."""

from __future__ import annotations

from pathlib import Path

from scenewright.worlds.writing.samples import ShardRecipe
from scenewright.worlds.writing.shards import write_shard

RECIPE = ShardRecipe(shares={"random": 1.0}, views_per_world=2, width=128, height=96)


def tiny_shards(folder: Path, *, num: int) -> list[Path]:
    """`num` shards of one random world each."""
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.tar" for number in range(num)]
    for number, path in enumerate(paths):
        write_shard(path, RECIPE, [number])
    return paths
