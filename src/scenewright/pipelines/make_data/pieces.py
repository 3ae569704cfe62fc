"""The pieces of a data set, each a world, a capture, a shard or the scenes of a world."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from scenewright.core import OutputError, ScenewrightError
from scenewright.core.wording import counted
from scenewright.data.generation.writing import part_file, remove_outputs
from scenewright.io.atomic import remove_unfinished
from scenewright.pipelines.make_data.recipe import (
    MARKERS,
    chosen_sensor,
    generation_recipe,
    shard_recipe,
)
from scenewright.pipelines.make_data.report import DataRow, State
from scenewright.pipelines.make_data.settings import DataSettings
from scenewright.worlds import PoseNoise, film_world, make_world
from scenewright.worlds.generation import write_world_scenes
from scenewright.worlds.kinds import KINDS
from scenewright.worlds.writing import TruthParts, write_capture, write_shard, write_world

_OUTPUT_NAME = re.compile(rf"({'|'.join(KINDS)})-\d{{6,}}|shard-\d{{9,}}-\d{{9,}}\.tar")


@dataclass(frozen=True)
class Piece:
    """One output.

    Attributes:
        form: One of `recipe.DATA_FORMS`.
        path: Its folder or file; for generation the record that the scenes of a world are complete.
        seeds: One seed, or those of all worlds of a shard.
        settings: Settings with the defaults of its form filled in.
    """

    form: str
    path: Path
    seeds: range
    settings: DataSettings


def list_pieces(form: str, out: Path, seeds: range, settings: DataSettings) -> Iterator[Piece]:
    """The pieces of a range of seeds."""
    if form == "generation":
        for seed in seeds:
            path = part_file(out, f"{settings.kind}-{seed:06d}", settings.split)
            yield Piece(form, path, range(seed, seed + 1), settings)
        return
    if form != "shards":
        for seed in seeds:
            yield Piece(form, out / f"{settings.kind}-{seed:06d}", range(seed, seed + 1), settings)
        return
    # Shards begin at multiples of their size, so that overlapping ranges of seeds share shards.
    step = settings.worlds_per_shard
    for first in range(seeds.start - seeds.start % step, seeds.stop, step):
        part = range(max(first, seeds.start), min(first + step, seeds.stop))
        yield Piece(form, out / f"shard-{part.start:09d}-{part.stop:09d}.tar", part, settings)


def is_complete(piece: Piece) -> bool:
    """Whether the output exists; it is written atomically."""
    marker = MARKERS[piece.form]
    return (piece.path / marker).is_file() if marker else piece.path.is_file()


def remove_pieces(folder: Path) -> None:
    """Removes the outputs of an earlier call, whatever their form and seeds."""
    remove_outputs(folder)
    for path in folder.iterdir():
        if _OUTPUT_NAME.fullmatch(path.name):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def make_piece(piece: Piece) -> DataRow:
    """Makes a piece; an error in its content becomes a row, an output error is raised."""
    start = perf_counter()
    remove_unfinished(piece.path)
    try:
        note = _MAKERS[piece.form](piece)
    except OutputError:
        raise
    except ScenewrightError as error:
        return piece_row(piece, "failed", str(error), perf_counter() - start)
    return piece_row(piece, "made", note, perf_counter() - start)


def piece_row(piece: Piece, state: State, note: str, seconds: float = 0.0) -> DataRow:
    """The outcome of a piece."""
    return DataRow(piece.path.name, (piece.seeds.start, piece.seeds.stop), state, note, seconds)


def _make_world(piece: Piece) -> str:
    settings = piece.settings
    assert settings.kind is not None and settings.size is not None
    world = make_world(settings.kind, piece.seeds.start, num_objects=settings.num_objects)
    write_world(world, piece.path, preview_size=settings.size, overwrite=True)
    return f"{world.kind}, {counted(len(world.labels) - len(world.stuff_ids), 'object')}"


def _make_capture(piece: Piece) -> str:
    settings, seed = piece.settings, piece.seeds.start
    assert settings.kind is not None and settings.trajectory is not None
    world = make_world(settings.kind, seed, num_objects=settings.num_objects)
    assert settings.size is not None
    width, height = settings.size
    sensor = chosen_sensor(settings)
    film = film_world(
        world,
        trajectory=settings.trajectory,
        num_frames=settings.num_frames,
        width=width,
        height=height,
        sensor=sensor,
        pose_noise=None if sensor is None else PoseNoise(),
        seed=seed,
    )
    write_capture(
        film,
        piece.path,
        layout=settings.layout,
        truth=TruthParts(normals=settings.normals),
        jpeg_quality=settings.jpeg_quality,
        overwrite=True,
    )
    objects = len(world.labels) - len(world.stuff_ids)
    return f"{world.kind}, {counted(objects, 'object')}, {counted(len(film), 'frame')}"


def _make_shard(piece: Piece) -> str:
    count = write_shard(piece.path, shard_recipe(piece.settings), piece.seeds)
    wanted = len(piece.seeds) * piece.settings.views
    missing = (
        "" if count == wanted else f", {counted(wanted - count, 'view')} could not be rendered"
    )
    return f"{count} samples, {piece.path.stat().st_size / 1e6:.1f} MB{missing}"


def _make_scenes(piece: Piece) -> str:
    settings, seed = piece.settings, piece.seeds.start
    assert settings.kind is not None
    world = make_world(settings.kind, seed, num_objects=settings.num_objects)
    root = piece.path.parent.parent
    recipe = generation_recipe(settings)
    record = write_world_scenes(world, root, name=piece.path.stem, seed=seed, recipe=recipe)
    scenes = counted(len({row.scene_id for row in record.rows}), "scene")
    return f"{world.kind}, {scenes} with {counted(len(record.rows), 'object')}"


_MAKERS: dict[str, Callable[[Piece], str]] = {
    "worlds": _make_world,
    "captures": _make_capture,
    "shards": _make_shard,
    "generation": _make_scenes,
}
