"""Replica as rendered for NICE-SLAM: results/, traj.txt, cam_params.json."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.camera_files import default_camera
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.file_readers import (
    IMAGE_SUFFIXES,
    list_files,
    parse_numbers,
    read_json,
    read_text,
)
from scenewright.data.layouts.base import Layout, attempt_intrinsics, pair_up
from scenewright.data.problems import Problem
from scenewright.data.recording import FrameEntry, Recording

PARAMS_FILE = "cam_params.json"
_DEFAULTS = {"fx": 600.0, "fy": 600.0, "cx": 599.5, "cy": 339.5, "w": 1200.0, "h": 680.0}
_DEFAULT_SCALE = 6553.5


def _find(folder: Path) -> Path | None:
    matches = (folder / "traj.txt").is_file() and (folder / "results").is_dir()
    return folder if matches else None


def _read_params(root: Path) -> tuple[dict[str, float], Path | None]:
    """fx, fy, cx, cy, w, h and scale from the file in the folder or one level above."""
    for path in (root / PARAMS_FILE, root.resolve().parent / PARAMS_FILE):
        if path.is_file():
            camera = read_json(path).get("camera")
            try:
                keys = (*_DEFAULTS, "scale")
                return {key: float(camera[key]) for key in keys}, path  # type: ignore[index]
            except (KeyError, TypeError, ValueError) as error:
                raise CaptureError(
                    f"{path} does not contain the camera",
                    expected="numbers 'camera': w, h, fx, fy, cx, cy, scale",
                    got=f"{type(error).__name__} {error}",
                ) from error
    return {**_DEFAULTS, "scale": _DEFAULT_SCALE}, None


def _read_trajectory(path: Path) -> NDArray[np.float64]:
    numbers = parse_numbers(read_text(path), source=str(path))
    if numbers.size % 16:
        raise CaptureError(
            f"{path} is not a list of poses",
            expected="sixteen numbers per line",
            got=f"{numbers.size} numbers in total",
            do="Download the file again; it may be truncated.",
        )
    return numbers.reshape(-1, 4, 4)


def _intrinsics(params: dict[str, float]) -> Intrinsics:
    fx, fy, cx, cy = (params[key] for key in ("fx", "fy", "cx", "cy"))
    K = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
    return Intrinsics(K, size=(int(params["w"]), int(params["h"])))


def _read(root: Path) -> Recording:
    images = _numbered(root, "frame", suffixes=IMAGE_SUFFIXES)
    depths = _numbered(root, "depth", suffixes=(".png",))
    names, problems = pair_up(images, depths)
    poses = _read_trajectory(root / "traj.txt")
    index = {n: i for i, n in enumerate(images)} if len(poses) == len(images) else {}
    if len(poses) != len(images):
        problems.append(
            Problem(
                "error" if len(poses) < len(images) else "warning",
                "pose-count",
                "traj.txt has a different number of poses than there are images",
                f"{len(images)}",
                f"{len(poses)}",
                "Line n belongs to image n; export both again, or thin both out alike.",
            )
        )
    params, path = _read_params(root)
    if path is None:
        text = f"fx = fy = 600 at 1200 x 680, depth scale {_DEFAULT_SCALE}"
        problems.append(default_camera(root, text=text, files=PARAMS_FILE))
    return Recording(
        layout="replica",
        root=root,
        entries=tuple(
            FrameEntry(
                images[n].stem,
                images[n],
                depths[n],
                poses[i] if (i := index.get(n, int(n))) < len(poses) else None,
            )
            for n in names
        ),
        intrinsics=attempt_intrinsics(lambda: _intrinsics(params)),
        depth=DepthEncoding(scale=params["scale"]),
        notes=(
            f"intrinsics and depth scale from {path}"
            if path
            else f"no {PARAMS_FILE}: fx = fy = 600 at 1200 x 680, depth scale {_DEFAULT_SCALE}",
        ),
        problems=tuple(problems),
    )


def _numbered(root: Path, prefix: str, *, suffixes: tuple[str, ...]) -> dict[str, Path]:
    """The files ``<prefix>NNNNNN`` by number."""
    files = list_files(root / "results", suffixes=suffixes)
    numbers = ((stem.removeprefix(prefix), path) for stem, path in files.items())
    return {str(int(n)): path for n, path in numbers if n.isdecimal() and n != path.stem}


LAYOUT = Layout(
    name="replica",
    summary="Replica as rendered for NICE-SLAM",
    marks="traj.txt and folder results/",
    find=_find,
    read=_read,
)
