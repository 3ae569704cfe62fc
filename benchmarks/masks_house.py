"""Fit of a mask backend on house-rgbd: rendered rooms with exact instances and no sensor noise.

Every true instance of at least 400 pixels in a frame counts, walls and floor included.

Run: python benchmarks/masks_house.py --data ../shared/data/house-rgbd
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numba
import numpy as np
import tyro
from PIL import Image

from masks_common import View, measure, read_camera, read_depth, read_image, report
from scenewright.core import Frame
from scenewright.models import create

MIN_PIXELS = 400


def read_views(folder: Path, every: int) -> Iterator[View]:
    """Reads every `every`-th frame of both sequences."""
    for sequence in ("living-room", "bedroom"):
        root = folder / sequence
        camera = read_camera(root / "intrinsics.txt")
        for index, path in enumerate(sorted((root / "depth").glob("*.png"))[::every]):
            truth = np.asarray(Image.open(root / "instance" / path.name)).astype(np.int32)
            image = read_image(root / "color" / f"{path.stem}.jpg")
            name = f"{sequence}/{path.stem}"
            frame = Frame(index, camera, None, image=image, depth=read_depth(path), name=name)
            yield View(frame, truth, np.ones(truth.shape, np.bool_))


def main(
    data: Path = Path("../shared/data/house-rgbd"),
    backend: str = "masks/depth-edges",
    every: int = 10,
    weights: str | None = None,
    json: Path | None = None,
    threads: int = 2,
) -> None:
    """Measures one backend.

    Args:
        data: Folder of house-rgbd.
        backend: Registry name of the backend.
        weights: Reference of its weights; None = its own.
        every: Take every n-th frame.
        json: File to write the table to.
        threads: Threads that the kernels may use.
    """
    numba.set_num_threads(min(threads, os.cpu_count() or 1))
    views = read_views(data, every)
    outcome = measure(
        create(backend, **({} if weights is None else {"weights": weights})),
        views,
        first_id=1,
        min_size=MIN_PIXELS,
    )
    report(backend, outcome, dataset="house-rgbd", json_path=json)


if __name__ == "__main__":
    tyro.cli(main)
