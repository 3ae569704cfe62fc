"""A synthetic world, filmed and written as a capture with exact ground truth.

    python examples/07_make_world/make_world.py [SEED] [OUTPUT]

The same seed gives the same bytes. The capture has color, depth, poses, id maps and true points;
use `scenewright data make` to make thousands of captures.
"""

import sys
from pathlib import Path

import scenewright as sw


def main(seed: int, output: Path, num_frames: int = 30) -> Path:
    """Makes a cluttered table, films it from all sides, and writes the capture."""
    world = sw.make_world("tabletop", seed)
    film = sw.film_world(world, trajectory="orbit", num_frames=num_frames, seed=seed)
    capture = sw.write_capture(film, output / "capture", overwrite=True)

    # Floor, walls and the like also have ids and labels, but are not objects.
    labels = {i: label for i, label in world.labels.items() if i not in world.stuff_ids}
    shown = set(film.id_map(0).ravel().tolist()) & set(labels)
    sys.stdout.write(
        f"{len(labels)} objects: {', '.join(sorted(set(labels.values())))}\n"
        f"the first frame shows {len(shown)} of them\n"
        f"capture: {capture}\n"
    )
    return capture


if __name__ == "__main__":
    words = sys.argv[1:]
    main(int(words[0]) if words else 0, Path(words[1]) if len(words) > 1 else Path("out/world"))
