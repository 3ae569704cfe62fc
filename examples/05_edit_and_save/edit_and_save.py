"""Edits a scene by hand: merges, renames and removes objects.

    python examples/05_edit_and_save/edit_and_save.py [SCENE] [OUTPUT]

SCENE is a run of `scenewright segment` or a scene folder; without one, a synthetic room is
segmented. Each function returns a new scene and does not change the given one; points, meshes and
boxes are updated, and each step is added to the history of the scene.
"""

import sys
from pathlib import Path

import scenewright as sw


def main(scene: Path | sw.Scene | None, output: Path) -> sw.Scene:
    """Merges the two largest objects, names the result, removes the smallest object, and saves."""
    if scene is None:
        scene = sw.segment(sw.film_room(seed=0))
    if isinstance(scene, Path):
        scene = sw.load_scene(scene)
    by_size = sorted(scene.instances, key=lambda row: row.num_points or 0)
    smallest, second, largest = by_size[0].id, by_size[-2].id, by_size[-1].id

    edited = sw.merge(scene, largest, second)
    edited = sw.rename(edited, {largest: "room"})
    edited = sw.remove(edited, smallest)

    saved = sw.save(edited, output / "scene", overwrite=True)
    sys.stdout.write(f"{len(scene.instances)} objects became {len(edited.instances)}, in {saved}\n")
    for step in edited.provenance:
        sys.stdout.write(f"  {step.name}\n")
    return edited


if __name__ == "__main__":
    paths = [Path(word) for word in sys.argv[1:]]
    main(paths[0] if paths else None, paths[1] if len(paths) > 1 else Path("out/edit_and_save"))
