"""A capture becomes a scene of separate objects.

    python examples/00_first_scene/first_scene.py [CAPTURE] [OUTPUT]

Without a capture it films a synthetic room first. Writes one mesh per object (objects.glb), the
labeled points (points.ply) and a picture (preview.png).
"""

import sys
from pathlib import Path

import scenewright as sw


def main(capture: Path | None, output: Path) -> sw.Scene:
    """Segments a capture, tells what was found, and saves it in three forms."""
    output.mkdir(parents=True, exist_ok=True)
    if capture is None:
        capture = sw.write_capture(sw.film_room(seed=0), output / "capture")

    scene = sw.segment(capture)

    for instance in scene.instances:
        width, depth, height = instance.box.size
        sys.stdout.write(
            f"object {instance.id:3d}: {width:.2f} x {depth:.2f} x {height:.2f} m, "
            f"{instance.num_points} points, seen in {instance.num_frames} frames\n"
        )

    sw.save(scene, output / "objects.glb", overwrite=True)
    sw.save(scene, output / "points.ply", overwrite=True)
    sw.draw_preview(scene, title=capture.name).save(output / "preview.png")
    return scene


if __name__ == "__main__":
    words = [Path(word) for word in sys.argv[1:]]
    main(words[0] if words else None, words[1] if len(words) > 1 else Path("out/first_scene"))
