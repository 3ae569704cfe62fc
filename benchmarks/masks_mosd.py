"""Fit of a mask backend on mOSD: 31 real views of things on a table.

The best IoU is taken over objects; overlap precision, recall and F count the table as well, since a
backend may propose it. Only pixels with depth or with a true label are scored.

Run: python benchmarks/masks_mosd.py --data ../shared/data/mosd [--json out.json]
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numba
import numpy as np
import tyro
from PIL import Image

from masks_common import MaskGoals, View, measure, read_camera, read_depth, read_image, report
from scenewright.core import Frame
from scenewright.metrics import scored_pixels
from scenewright.models import create

FIRST_OBJECT_ID = 2
GOALS = MaskGoals(best_iou=93.0, overlap_f=97.0, milliseconds=60.0)
"""What is promised of the backend that `segment` uses by default."""


def read_views(folder: Path) -> Iterator[View]:
    """Reads the views in the order of their names."""
    camera = read_camera(folder / "intrinsics.txt")
    for index, path in enumerate(sorted(folder.glob("*.depth.png"))):
        name = path.name.removesuffix(".depth.png")
        depth = read_depth(path)
        truth = np.asarray(Image.open(folder / f"{name}.instance.png")).astype(np.int32)
        image = read_image(folder / f"{name}.color.png")
        frame = Frame(index, camera, None, image=image, depth=depth, name=name)
        yield View(frame, truth, scored_pixels(truth, depth))


def main(
    data: Path = Path("../shared/data/mosd"),
    backend: str = "masks/depth-edges",
    weights: str | None = None,
    json: Path | None = None,
    threads: int = 2,
) -> None:
    """Measures one backend.

    Args:
        data: Folder of mOSD.
        backend: Registry name of the backend.
        weights: Reference of its weights; None = its own.
        json: File to write the table to.
        threads: Threads that the kernels may use.
    """
    numba.set_num_threads(min(threads, os.cpu_count() or 1))
    outcome = measure(
        create(backend, **({} if weights is None else {"weights": weights})),
        read_views(data),
        first_id=FIRST_OBJECT_ID,
        min_size=1,
    )
    report(backend, outcome, dataset="mOSD", json_path=json, goals=GOALS)


if __name__ == "__main__":
    tyro.cli(main)
