"""Shards: training samples in tar files that WebDataset can read."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import Camera, FormatError, ScenewrightError
from scenewright.io import atomic_file
from scenewright.io.pictures import open_picture
from scenewright.worlds.writing.samples import (
    Sample,
    ShardRecipe,
    bytes_from_normals,
    check_size,
    meters_from_units,
    normals_from_bytes,
    units_from_meters,
    world_samples,
)

_NAME = re.compile(
    r"([0-9A-Za-z_-]{1,64})\.(image\.png|depth\.png|instance\.png|normals\.png|json)"
)
_PICTURES = {
    "image.png": ("RGB",),
    "depth.png": ("I;16",),
    "instance.png": ("I;16",),
    "normals.png": ("RGB",),
}
"""Allowed Pillow modes of each image."""
_LARGEST_MEMBER = 64 * 2**20
_LARGEST_ID = 65535
_END_MARK = 1024
"""Number of zero bytes that end every tar file."""


def write_shard(path: str | os.PathLike[str], recipe: ShardRecipe, seeds: Iterable[int]) -> int:
    """Writes the samples of some worlds into one tar file, atomically.

    The same recipe and seeds make the same bytes.

    Args:
        path: The `.tar` file; an existing one is replaced.
        recipe: What the samples are made of.
        seeds: Seeds of the worlds, in the order of the samples.

    Returns:
        Number of samples.
    """
    count = 0
    with (
        atomic_file(path) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for seed in seeds:
            for sample in world_samples(recipe, seed):
                for ending, data in encode_sample(sample).items():
                    # A new header has no time, no owner and default mode: the bytes repeat.
                    header = tarfile.TarInfo(f"{sample.key}.{ending}")
                    header.size = len(data)
                    tar.addfile(header, io.BytesIO(data))
                count += 1
    return count


def encode_sample(sample: Sample) -> dict[str, bytes]:
    """The files of a sample by their name after the key."""
    if sample.id_map.max(initial=0) > _LARGEST_ID:
        raise FormatError(
            f"Sample {sample.key}",
            expected=f"ids up to {_LARGEST_ID}, the range of a 16-bit PNG",
            got=str(sample.id_map.max()),
        )
    files = {
        "image.png": _png(sample.image),
        "depth.png": _png(units_from_meters(sample.depth)),
        "instance.png": _png(sample.id_map.astype(np.uint16)),
    }
    if sample.normals is not None:
        files["normals.png"] = _png(bytes_from_normals(sample.normals))
    record = {
        "kind": sample.kind,
        "seed": sample.seed,
        "size": [sample.camera.width, sample.camera.height],
        "K": sample.camera.K.tolist(),
        "world_from_cam": sample.world_from_cam.tolist(),
        "labels": {str(number): label for number, label in sorted(sample.labels.items())},
        "stuff_ids": sorted(sample.stuff_ids),
    }
    files["json"] = json.dumps(record, separators=(",", ":"), allow_nan=False).encode()
    return files


def read_shards(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Sample]:
    """Reads samples one after the other, without unpacking to disk.

    Args:
        paths: Tar files, read in this order.

    Raises:
        FormatError: A file is missing, truncated, or contains something that is not a sample.
    """
    for path in paths:
        yield from _read_shard(Path(path))


def _read_shard(path: Path) -> Iterator[Sample]:
    key, files = "", dict[str, bytes]()
    try:
        _check_end(path)
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                name = _NAME.fullmatch(member.name)
                if name is None or not member.isreg():
                    raise FormatError(
                        f"{path}", expected="members KEY.image.png etc.", got=member.name[:80]
                    )
                if member.size > _LARGEST_MEMBER:
                    raise FormatError(
                        f"{path}, {member.name}",
                        expected=f"at most {_LARGEST_MEMBER} bytes",
                        got=str(member.size),
                    )
                if name[1] != key and files:
                    yield decode_sample(key, files, source=f"{path}, sample {key}")
                    files = {}
                key = name[1]
                stream = tar.extractfile(member)
                files[name[2]] = b"" if stream is None else stream.read()
    except (OSError, tarfile.TarError) as error:
        raise FormatError(
            f"{path} cannot be read", expected="a complete tar file of samples", got=str(error)
        ) from error
    if files:
        yield decode_sample(key, files, source=f"{path}, sample {key}")


def _check_end(path: Path) -> None:
    """Raises unless a tar file has its end mark; without it samples may be missing."""
    with open(path, "rb") as stream:
        stream.seek(-min(path.stat().st_size, _END_MARK), os.SEEK_END)
        if stream.read() != bytes(_END_MARK):
            raise tarfile.ReadError("no end mark, the file is truncated")


def decode_sample(key: str, files: dict[str, bytes], *, source: str) -> Sample:
    """A sample from its files.

    Args:
        key: Key of the sample.
        files: Contents by the name after the key.
        source: Name of the sample in errors.

    Raises:
        FormatError: A file is missing or damaged, or sizes differ.
    """
    missing = [
        name for name in ("image.png", "depth.png", "instance.png", "json") if name not in files
    ]
    if missing:
        raise FormatError(
            source, expected="image, depth, instance and json", got=f"no {missing[0]}"
        )
    try:
        record = json.loads(files["json"])
        width, height = (int(value) for value in record["size"])
        check_size(width, height)
        values: dict[str, Any] = {
            "kind": str(record["kind"]),
            "seed": int(record["seed"]),
            "camera": Camera(np.asarray(record["K"], np.float64), width, height),
            "world_from_cam": np.asarray(record["world_from_cam"], np.float64).reshape(4, 4),
            "labels": {int(number): str(label) for number, label in record["labels"].items()},
            "stuff_ids": frozenset(int(number) for number in record["stuff_ids"]),
        }
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError(
            f"{source}: json", expected="the record of a sample", got=str(error)
        ) from error
    pictures = {
        name: _picture(files[name], name, (width, height), source)
        for name in _PICTURES
        if name in files
    }
    stored = pictures.get("normals.png")
    return Sample(
        key=key,
        image=pictures["image.png"],
        depth=meters_from_units(pictures["depth.png"]),
        id_map=pictures["instance.png"].astype(np.int32),
        normals=None if stored is None else normals_from_bytes(stored),
        **values,
    )


def _picture(data: bytes, name: str, size: tuple[int, int], source: str) -> NDArray[Any]:
    try:
        with open_picture(io.BytesIO(data), formats=("PNG",), name=source) as picture:
            # The header is checked before any pixel is decoded.
            if picture.size != size or picture.mode not in _PICTURES[name]:
                raise FormatError(
                    f"{source}: {name}",
                    expected=f"{size[0]} x {size[1]} pixels of mode {_PICTURES[name][0]}",
                    got=f"{picture.size[0]} x {picture.size[1]} of mode {picture.mode}",
                )
            return np.array(picture)
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, ScenewrightError):
            raise
        raise FormatError(
            f"{source}: {name} cannot be decoded", expected="a complete PNG", got=str(error)
        ) from error


def _png(pixels: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG", compress_level=4)
    return stream.getvalue()
