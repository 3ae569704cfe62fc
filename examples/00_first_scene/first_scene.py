"""A capture becomes a scene of separate objects.

    python examples/00_first_scene/first_scene.py [CAPTURE] [OUTPUT]

Without a capture, a synthetic room is used. Writes one mesh per object (objects.glb), the labeled
points (points.ply) and a picture (preview.png).
"""

import sys
from pathlib import Path

import scenewright as sw


def main(capture: Path | None, output: Path) -> sw.Scene:
    """Segments a capture, lists its objects, and saves the scene in three forms."""
    output.mkdir(parents=True, exist_ok=True)
    if capture is None:
        capture = sw.write_capture(sw.film_room(seed=0), output / "capture", overwrite=True)

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
    paths = [Path(word) for word in sys.argv[1:]]
    main(paths[0] if paths else None, paths[1] if len(paths) > 1 else Path("out/first_scene"))
