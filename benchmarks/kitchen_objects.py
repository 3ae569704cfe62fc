"""The objects of a real capture without truth, for a person to judge.

`list` segments the 7-Scenes kitchen (or any capture) as plain defaults do, and writes

- objects.csv: id, role, size in meters, voxels, frames and score of each listed object;
- objects-1.jpg, ...: each in the frame that shows most of it, outlined, under its id;
- verdicts.csv: an empty verdict for each: thing, surface, part or scrap, and words: what it is
  ("floor" for each piece of the floor).

Filled in, the verdicts lie in benchmarks/verdicts/. `count` prints the shares, and refuses verdicts
that were given to another result.

Run: python benchmarks/kitchen_objects.py list --output kitchen/
     python benchmarks/kitchen_objects.py count --table kitchen/objects.csv
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from accuracy_summary import FLOOR
from bench_common import CHECKOUT, DATA, Goal, Report, Table, require_folder, run_main
from object_verdicts import (
    COLUMNS,
    MEANINGS,
    Judgment,
    count_verdicts,
    empty_verdicts,
    object_rows,
    read_verdicts,
    table_text,
)
from scenewright.core import FrameSource, Scene
from scenewright.data import open_capture
from scenewright.fusion.frame_ids import SurfaceIds
from scenewright.io.atomic import write_text
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.pipelines.segment.steps import segment_frames
from scenewright.runs.threads import use_threads

LEAST_SHARE = 0.8
"""Share of things and surfaces among the objects listed."""
_CELL, _CAPTION, _PER_ROW, _ROWS = 240, 18, 6, 5
"""Pixels of a cell and of the text above it; cells on a sheet."""
_MARGIN = 0.4
"""Surroundings shown, as a share of the object's size."""
_OUTLINE = (255, 30, 200)


@dataclass
class ListOptions:
    """Segments a capture and lists its objects."""

    output: Path
    """Folder for the table, the sheets and the empty verdicts."""
    capture: Path = DATA / "7scenes-kitchen"
    """Folder of the capture."""
    threads: int = 2
    """Cores for the compiled loops."""


@dataclass
class CountOptions:
    """Prints the shares of the verdicts."""

    table: Path
    """objects.csv of the current result."""
    verdicts: Path = CHECKOUT / "benchmarks" / "verdicts" / "kitchen.csv"
    """The verdicts."""
    json: Path | None = None
    """File for the tables and all numbers."""


@dataclass(frozen=True, eq=False)
class BestView:
    """The frame that shows most of an object.

    Attributes:
        area: Number of its pixels.
        crop: (H, W, 3) uint8, with the outline.
    """

    area: int
    crop: NDArray[np.uint8]


def best_views(scene: Scene, source: FrameSource) -> dict[int, BestView]:
    """The best view of each object that any frame shows, by id."""
    surface = SurfaceIds(scene)
    best: dict[int, BestView] = {}
    for frame in (source[i] for i in range(len(source))):
        if frame.world_from_cam is None or frame.image is None or frame.depth is None:
            continue
        id_map = surface.id_map(frame)
        bounds = ndimage.find_objects(id_map)
        for i, area in zip(*np.unique(id_map[id_map > 0], return_counts=True), strict=True):
            instance, limits = int(i), bounds[int(i) - 1]
            if instance not in best or area > best[instance].area:
                mask = id_map == instance
                best[instance] = BestView(int(area), _crop(frame.image, mask, limits))
    return best


def _crop(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], limits: tuple[slice, slice]
) -> NDArray[np.uint8]:
    outlined = image.copy()
    outlined[ndimage.binary_dilation(mask, iterations=2) & ~mask] = _OUTLINE
    margin = int(_MARGIN * max(axis.stop - axis.start for axis in limits)) + 10
    rows, columns = (slice(max(axis.start - margin, 0), axis.stop + margin) for axis in limits)
    return outlined[rows, columns]


def sheets(rows: Sequence[Sequence[str]], views: dict[int, BestView]) -> Iterator[Image.Image]:
    """Contact sheets, in the order of the table."""
    per_sheet = _PER_ROW * _ROWS
    for first in range(0, len(rows), per_sheet):
        part = rows[first : first + per_sheet]
        height = -(-len(part) // _PER_ROW) * (_CELL + _CAPTION)
        page = Image.new("RGB", (_PER_ROW * _CELL, height), "white")
        draw = ImageDraw.Draw(page)
        for position, row in enumerate(part):
            left, top = position % _PER_ROW * _CELL, position // _PER_ROW * (_CELL + _CAPTION)
            words = dict(zip(COLUMNS, row, strict=True))
            draw.text((left + 4, top + 3), f"{words['id']}: {words['size']} m", fill="black")
            view = views.get(int(words["id"]))
            if view is not None:
                picture = Image.fromarray(view.crop)
                picture.thumbnail((_CELL - 4, _CELL - 4))
                page.paste(picture, (left + 2, top + _CAPTION))
        yield page


def list_objects(options: ListOptions) -> None:
    """Segments, and writes the table, the sheets and the empty verdicts."""
    use_threads(options.threads)
    folder = require_folder(options.capture, what="capture", option="--capture")
    source = open_capture(folder)
    scene = segment_frames(source, SegmentSettings()).scene
    rows = object_rows(scene)
    options.output.mkdir(parents=True, exist_ok=True)
    write_text(options.output / "objects.csv", table_text(rows))
    write_text(options.output / "verdicts.csv", empty_verdicts(rows))
    for number, page in enumerate(sheets(rows, best_views(scene, source)), start=1):
        page.save(options.output / f"objects-{number}.jpg", quality=88)


def count(options: CountOptions) -> None:
    """Prints how many objects got each verdict."""
    report = Report("kitchen_objects", {"verdicts": options.verdicts})
    judged = read_verdicts(options.verdicts, table=options.table)
    report.add(verdict_table(judged, options.verdicts.stem))
    counts = count_verdicts(judged)
    report.results["counts"] = counts
    report.results["objects"] = {str(i): [one.verdict, one.words] for i, one in judged.items()}
    share = (counts["thing"] + counts["surface"]) / max(len(judged), 1)
    report.goals.append(Goal("things or surfaces", share, LEAST_SHARE, at_most=False))
    floors = sum(one.words == FLOOR for one in judged.values())
    report.goals.append(Goal("objects that the floor is in", floors, 1))
    report.finish(options.json)


def verdict_table(judged: dict[int, Judgment], name: str) -> Table:
    """One row per verdict."""
    total = max(len(judged), 1)
    rows = tuple(
        (verdict, f"{number}", f"{100 * number / total:.0f}", MEANINGS[verdict])
        for verdict, number in count_verdicts(judged).items()
    )
    columns = ("verdict", "objects", "percent", "meaning")
    return Table(f"{name}: {len(judged)} objects listed, judged by eye", columns, rows)


Command = (
    Annotated[ListOptions, tyro.conf.subcommand("list")]
    | Annotated[CountOptions, tyro.conf.subcommand("count")]
)


def main() -> None:
    """Runs one of the two commands."""
    options: ListOptions | CountOptions = tyro.cli(Command, description=__doc__)
    if isinstance(options, ListOptions):
        list_objects(options)
    else:
        count(options)


if __name__ == "__main__":
    run_main(main)
