"""A synthetic world, filmed and written as a capture with exact truth.

    python examples/07_make_world/make_world.py [SEED] [OUTPUT]

The same seed makes the same bytes. The capture holds color, depth, poses, id maps and true points;
`scenewright data make` makes thousands of them.
"""

import sys
from pathlib import Path

import numpy as np

import scenewright as sw


def main(seed: int, output: Path, num_frames: int = 30) -> Path:
    """Makes a table with things on it, films it from all around, and writes the capture."""
    world = sw.make_world("tabletop", seed)
    film = sw.film_world(world, trajectory="orbit", num_frames=num_frames, seed=seed)
    capture = sw.write_capture(film, output / "capture", overwrite=True)

    sys.stdout.write(
        f"{len(world.labels)} objects: {', '.join(sorted(set(world.labels.values())))}\n"
    )
    frame, ids = film[0], film.id_map(0)
    assert frame.depth is not None
    sys.stdout.write(
        f"the first frame shows {len(np.unique(ids[ids > 0]))} of them, "
        f"{frame.depth[frame.depth > 0].min():.2f} m away and more\n"
        f"capture: {capture}\n"
    )
    return capture


if __name__ == "__main__":
    words = sys.argv[1:]
    main(int(words[0]) if words else 0, Path(words[1]) if len(words) > 1 else Path("out/world"))
