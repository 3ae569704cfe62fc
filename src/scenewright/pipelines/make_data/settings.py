"""The inputs and settings of ``scenewright data make``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from scenewright.runs.options import Count, Name, Number, Option, Settings


def parse_seeds(text: str) -> range:
    """Seeds written as ``7`` or ``0:200``; the end is not included."""
    first, colon, last = _two_numbers(text, ":")
    seeds = range(first, last) if colon else range(first, first + 1)
    if not seeds or first < 0:
        raise _unreadable("--seeds", "7, or a range such as 0:200 with at least one seed", text)
    return seeds


def parse_size(text: str) -> tuple[int, int]:
    """A size written as ``640x480``."""
    width, _, height = _two_numbers(text, "x")
    if width < 0 or height < 0:
        raise _unreadable("--size", "width and height, such as 640x480", text)
    return width, height


def parse_counts(text: str) -> tuple[int, int]:
    """A number of objects written as ``12`` or ``5:20``."""
    low, colon, high = _two_numbers(text, ":")
    if low < 0 or (colon and high < low):
        raise _unreadable("--num-objects", "12, or a minimum and a maximum such as 5:20", text)
    return (low, high) if colon else (low, low)


@dataclass(frozen=True, kw_only=True)
class DataInputs:
    """Makes worlds, captures with exact truth, shards of samples, or data of scene generators.

    The same seed gives the same bytes. Completed items are kept, so run the same command again to
    resume. worlds: world.json, a GLB of each object and a picture. captures: any layout that
    'segment' reads, plus ground truth (gt_points.ply, instances.json and more). shards: tar files
    of color, depth, instance ids and cameras. generation: images, cut-outs, poses and voxels of
    objects in the layout that SceneGen trains on.

    Examples: `scenewright data make captures -o my-rooms/ --seeds 0:20 --sensor stereo`,
    `scenewright data make shards -o my-shards/ --seeds 0:2000 --num-workers 2`
    """

    form: Annotated[str, Option(metavar="worlds|captures|shards|generation", positional=True)]
    """What to make."""
    seeds: Annotated[range, Option(metavar="N|FIRST:END", parse=parse_seeds)] = range(0, 1)
    """Random seed, or a range of seeds (0:200 is 0 to 199); one world each."""
    num_workers: Number = 1
    """Number of parallel processes."""


@dataclass(frozen=True, kw_only=True)
class DataSettings(Settings):
    """Settings of ``data make``."""

    kind: Annotated[str | None, Option(metavar="rooms|random|tabletop")] = None
    """Kind of worlds; default: rooms, or for shards a mixture of all kinds."""
    layout: Annotated[str, Option(metavar="NAME")] = "plain"
    """Layout of the captures: plain, tum, scannet, 7scenes, scenenn, replica, stray, nerfstudio,
    apc."""
    num_frames: Number = 60
    """Number of frames of each capture."""
    trajectory: Name = None
    """Camera trajectory of the captures: sweep, walk, orbit or stills; default: depends on
    the kind."""
    size: Annotated[tuple[int, int] | None, Option(metavar="WIDTHxHEIGHT", parse=parse_size)] = None
    """Image size, pixels; default: 640x480, 320x240 for shards, 518x518 for generation."""
    num_objects: Annotated[
        tuple[int, int] | None, Option(metavar="N|MIN:MAX", parse=parse_counts)
    ] = None
    """Number of objects in each world; not for shards; default: depends on the kind."""
    sensor: Name = None
    """Simulate the errors of a depth camera, and tracking errors in captures: structured-light
    (Kinect v1), stereo (RealSense), tof (Kinect v2, Azure Kinect) or lidar (phones); default:
    exact."""
    jpeg_quality: Count = None
    """JPEG quality of color images, 1 to 100; default: PNG in captures, 95 in generation."""
    views: Number = 4
    """Number of views of each world in shards and generation."""
    worlds_per_shard: Number = 50
    """Number of worlds in each shard."""
    normals: bool = False
    """Also write normals in captures and shards."""
    split: Annotated[str, Option(metavar="train|test")] = "train"
    """Split of generation; test adds the meshes of whole scenes and renders of their objects."""
    structure_weights: Annotated[str | None, Option(metavar="REF")] = None
    """Weights of the encoder of occupancy grids, such as file:ss_enc_conv3d_16l8_fp16.safetensors
    with its JSON file; adds ss_latents to generation."""
    vggt_weights: Annotated[str | None, Option(metavar="REF")] = None
    """Weights of VGGT, such as hub:facebook/VGGT-1B; adds vggt_features to generation."""


def _two_numbers(text: str, separator: str) -> tuple[int, bool, int]:
    """The numbers around a separator, -1 for non-numbers, and whether the separator was found."""
    first, found, last = text.strip().lower().partition(separator)
    return (
        int(first) if first.isdecimal() else -1,
        bool(found),
        int(last) if last.isdecimal() else -1,
    )


def _unreadable(option: str, expected: str, text: str) -> Exception:
    from scenewright.core import ConventionError

    return ConventionError(option, expected=expected, got=f"'{text}'")
