"""``scenewright data make``: worlds, captures and training shards without any data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from scenewright.cli.options import CommonOptions, Count, Name
from scenewright.core import ConventionError

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Makes worlds, captures with exact truth, or shards of training samples.

    The same seed makes the same bytes. What is complete in the folder is kept, so the same line
    once more goes on where it stopped. worlds: world.json, a GLB of each object and a picture.
    captures: any layout that 'segment' reads, with gt_points.ply, instances.json and more beside
    it. shards: tar files of color, depth, instance ids and cameras.

    Examples: `scenewright data make captures -o my-rooms/ --seeds 0:20 --sensor`,
    `scenewright data make shards -o my-shards/ --seeds 0:2000 --num-workers 2`
    """

    action: Annotated[Literal["make"], tyro.conf.Positional]
    """What to do."""
    form: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="worlds|captures|shards")]
    """What to make."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="OUT")]
    """Folder for everything; may hold what the same line made before."""
    seeds: Annotated[str, tyro.conf.arg(metavar="N|FIRST:END")] = "0"
    """A seed, or a range of them; 0:200 is 0 to 199. One world each."""
    kind: Annotated[str | None, tyro.conf.arg(metavar="rooms|random|tabletop")] = None
    """Kind of the worlds; rooms if left out, and for shards a mixture of all."""
    layout: Annotated[str, tyro.conf.arg(metavar="NAME")] = "plain"
    """Layout of the captures: plain, tum, scannet, 7scenes, scenenn, replica, stray, nerfstudio,
    apc."""
    num_frames: Annotated[int, tyro.conf.arg(metavar="N")] = 60
    """Frames of each capture."""
    trajectory: Name = None
    """Way of the camera in captures: sweep, walk, orbit or stills; what suits the kind if left
    out."""
    size: Annotated[str | None, tyro.conf.arg(metavar="WIDTHxHEIGHT")] = None
    """Of the pictures, pixels; 640x480, for shards 320x240, if left out."""
    num_objects: Annotated[str | None, tyro.conf.arg(metavar="N|LEAST:MOST")] = None
    """Objects of each world or capture; usual for the kind if left out."""
    sensor: bool = False
    """Give depth the errors of a depth camera, and poses of captures those of a tracker."""
    jpeg_quality: Count = None
    """Write the color pictures of captures as JPEG, 1 to 100; PNG if left out."""
    views: Annotated[int, tyro.conf.arg(metavar="N")] = 4
    """Pictures of each world in shards."""
    worlds_per_shard: Annotated[int, tyro.conf.arg(metavar="N")] = 50
    """Worlds in each shard."""
    normals: bool = False
    """Write normals too, in captures and shards."""
    num_workers: Annotated[int, tyro.conf.arg(metavar="N")] = 1
    """Processes that work at the same time."""
    overwrite: bool = False
    """Make data again that is there with other settings."""


def run(options: Options, terminal: Terminal) -> int:
    """Makes the data, and shows what became of each piece; 1 if any failed."""
    from scenewright.pipelines.make_data.run import DataSettings, make_data

    settings = DataSettings(
        kind=options.kind,
        layout=options.layout,
        num_frames=options.num_frames,
        trajectory=options.trajectory,
        size=_size(options.size),
        num_objects=_objects(options.num_objects),
        sensor=options.sensor,
        jpeg_quality=options.jpeg_quality,
        views_per_world=options.views,
        worlds_per_shard=options.worlds_per_shard,
        normals=options.normals,
    )
    with terminal.progress() as progress:
        report = make_data(
            options.form,
            options.output,
            _seeds(options.seeds),
            settings=settings,
            num_workers=options.num_workers,
            overwrite=options.overwrite,
            progress=progress,
        )
    cells = report.cells()
    terminal.table(report.COLUMNS, cells)
    if len(cells) < len(report.rows):
        terminal.write(f"... and {len(report.rows) - len(cells)} more")
    terminal.write()
    terminal.write(report.summary())
    terminal.write(f"folder: {report.out}")
    if report.count("failed"):
        terminal.complain(f"{report.count('failed')} of {len(report.rows)} failed")
        return 1
    return 0


def _seeds(text: str) -> range:
    """Seeds written as ``7`` or ``0:200``; the last is not taken."""
    first, colon, last = _two_numbers(text, ":")
    seeds = range(first, last) if colon else range(first, first + 1)
    if not seeds or first < 0:
        raise _unreadable("--seeds", "7, or a range such as 0:200 that holds a seed", text)
    return seeds


def _size(text: str | None) -> tuple[int, int] | None:
    """A size written as ``640x480``."""
    if text is None:
        return None
    width, _, height = _two_numbers(text, "x")
    if width < 0 or height < 0:
        raise _unreadable("--size", "width and height, such as 640x480", text)
    return width, height


def _objects(text: str | None) -> tuple[int, int] | None:
    """A number of objects written as ``12`` or ``5:20``."""
    if text is None:
        return None
    least, colon, most = _two_numbers(text, ":")
    if least < 0 or (colon and most < least):
        raise _unreadable("--num-objects", "12, or two rising numbers such as 5:20", text)
    return (least, most) if colon else (least, least)


def _two_numbers(text: str, separator: str) -> tuple[int, bool, int]:
    """Numbers around a separator, and whether it is there; -1 for what is no number."""
    first, found, last = text.strip().lower().partition(separator)
    return (
        int(first) if first.isdecimal() else -1,
        bool(found),
        int(last) if last.isdecimal() else -1,
    )


def _unreadable(option: str, expected: str, text: str) -> ConventionError:
    return ConventionError(option, expected=expected, got=f"'{text}'")
