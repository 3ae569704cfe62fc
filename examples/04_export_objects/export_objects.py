"""Exports every object to a separate file, for Blender, Unity, a web page or a simulator.

    python examples/04_export_objects/export_objects.py [SCENE] [OUTPUT]

SCENE is a run of `scenewright segment` or a scene folder; without one, a synthetic room is
segmented. Writes one GLB per object (ID.glb), at its pose in the scene, and all boxes
(objects.json).
"""

import sys
from pathlib import Path

import scenewright as sw


def main(scene: Path | sw.Scene | None, output: Path) -> list[Path]:
    """Writes each object that has a mesh, and returns the files."""
    if scene is None:
        scene = sw.segment(sw.film_room(seed=0))
    if isinstance(scene, Path):
        scene = sw.load_scene(scene)

    files = []
    for instance_id, asset in scene.assets.items():
        row = scene.instances[scene.instances.id == instance_id]
        alone = sw.Scene(instances=row, assets={instance_id: asset}, up=scene.up)
        files.append(sw.save(alone, output / f"{instance_id}.glb", overwrite=True))
    sw.save(scene.instances, output / "objects.json", overwrite=True)

    sys.stdout.write(f"{len(files)} objects in {output}\n")
    return files


if __name__ == "__main__":
    paths = [Path(word) for word in sys.argv[1:]]
    main(paths[0] if paths else None, paths[1] if len(paths) > 1 else Path("out/export_objects"))
