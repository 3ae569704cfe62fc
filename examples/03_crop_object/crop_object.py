"""Crops one object from a scene: its points and its mesh.

    python examples/03_crop_object/crop_object.py [SCENE] [ID] [OUTPUT]

SCENE is a run of `scenewright segment`, a scene folder or a GLB; without one, a synthetic room is
segmented. Without an ID, the object with the most points is taken.
"""

import sys
from pathlib import Path

import scenewright as sw


def crop(scene: sw.Scene, instance_id: int) -> sw.Scene:
    """A scene that contains only one object of another scene."""
    points = scene.points
    if points is not None and points.instance_id is not None:
        points = points[points.instance_id == instance_id]
    return sw.Scene(
        instances=scene.instances[scene.instances.id == instance_id],
        points=points,
        assets={i: asset for i, asset in scene.assets.items() if i == instance_id},
        up=scene.up,
    )


def main(scene: Path | sw.Scene | None, instance_id: int | None, output: Path) -> sw.Scene:
    """Saves one object as points (object.ply) and as a mesh (object.glb)."""
    if scene is None:
        scene = sw.segment(sw.film_room(seed=0))
    if isinstance(scene, Path):
        scene = sw.load_scene(scene)
    if instance_id is None:
        instance_id = max(scene.instances, key=lambda row: row.num_points or 0).id

    cropped = crop(scene, instance_id)

    sw.save(cropped, output / "object.ply", overwrite=True)
    sw.save(cropped, output / "object.glb", overwrite=True)
    size = " x ".join(f"{edge:.2f}" for edge in cropped.instances.by_id(instance_id).box.size)
    sys.stdout.write(f"object {instance_id}, {size} m, in {output}\n")
    return cropped


if __name__ == "__main__":
    words = sys.argv[1:]
    main(
        Path(words[0]) if words else None,
        int(words[1]) if len(words) > 1 else None,
        Path(words[2]) if len(words) > 2 else Path("out/crop_object"),
    )
