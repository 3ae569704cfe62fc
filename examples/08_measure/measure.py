"""Measures a scene against ground truth: average precision, and how well each object is found.

    python examples/08_measure/measure.py [CAPTURE]

CAPTURE is a capture with true points (gt_points.ply), as written by `scenewright data make
captures`; without one, a synthetic room is made. Compares the default masks with the true ones.
"""

import sys
import tempfile
from pathlib import Path

import scenewright as sw


def measure(capture: Path) -> dict[str, float]:
    """AP50 of the objects, by source of the masks."""
    scores = {}
    for name, masks in (
        ("masks/depth-edges", "masks/depth-edges"),
        ("true masks", capture / "instance"),
    ):
        found = sw.evaluate(sw.segment(capture, masks=masks), capture)
        scores[name] = found.ap["objects, own scores"].ap50
        sys.stdout.write(f"{name}\n\n{found.tables()}\n\n")
    return scores


def main(capture: Path | None) -> dict[str, float]:
    """Measures a capture, or a synthetic room."""
    if capture is not None:
        return measure(capture)
    with tempfile.TemporaryDirectory() as folder:
        return measure(sw.write_capture(sw.film_room(seed=0), Path(folder) / "room"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
