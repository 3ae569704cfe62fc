"""Segments many captures on all cores; run it again to resume.

    python examples/10_batch/batch.py [OUTPUT] [CAPTURE...]

Without captures, three synthetic rooms are made. Needs the extra `batch`. The same on the command
line: `scenewright batch segment captures/* -o runs/`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import scenewright as sw


def main(captures: Sequence[Path], output: Path) -> int:
    """Segments captures into run folders; returns the number of failures."""
    if not captures:
        captures = [
            sw.write_capture(sw.film_room(seed), output / "captures" / f"room-{seed}")
            for seed in range(3)
        ]

    settings = sw.SegmentSettings(voxel_size=0.03)
    report = sw.batch_run("segment", captures, output / "runs", settings)

    for row in report.rows:
        objects = "no" if row.num_objects is None else row.num_objects
        sys.stdout.write(f"{row.name}: {row.state}, {objects} objects {row.message}\n")
    return sum(row.state == "failed" for row in report.rows)


if __name__ == "__main__":
    paths = [Path(word) for word in sys.argv[1:]]
    sys.exit(main(paths[1:], paths[0] if paths else Path("out/batch")) > 0)
