"""Photographs with camera poses, without depth, become surfels and then objects.

    python examples/06_photos_to_objects/photos_to_objects.py [CAPTURE] [OUTPUT]

CAPTURE is a folder with a COLMAP model or a transforms.json, and its images; without one, the
images of a synthetic room are used, without their depth. The preset `preview` takes a minute or
two; `sw.fit_splats(frames)` fits better and takes longer.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import scenewright as sw


def photographs() -> list[sw.Frame]:
    """Images and poses of a synthetic room."""
    return [replace(frame, depth=None) for frame in sw.film_room(seed=0)]


def main(
    capture: Path | Sequence[sw.Frame] | None,
    output: Path,
    preset: str | sw.FitConfig = "preview",
) -> sw.Scene:
    """Fits surfels, divides them into objects, and saves both."""
    frames = photographs() if capture is None else capture

    surfels = sw.fit_splats(frames, preset=preset)
    scene = sw.decompose(surfels, frames)

    sw.save(scene, output / "room.splat.ply", overwrite=True)  # for Gaussian splat viewers
    sw.save(scene, output / "objects.glb", overwrite=True)
    sys.stdout.write(f"{len(scene.instances)} objects in {output}\n")
    return scene


if __name__ == "__main__":
    paths = [Path(word) for word in sys.argv[1:]]
    main(paths[0] if paths else None, paths[1] if len(paths) > 1 else Path("out/photos"))
