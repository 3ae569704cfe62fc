"""Composes worlds: objects placed in physically valid poses, with lights and ground truth.

- `world`: the data model (`World`, `PlacedObject`, lights).
- `rooms`: furnished rooms; `_room_shell`, `_furnished_room` and `_themes` are their parts.
- `random_worlds`: random objects on a floor or cluttered on a table.
- `ground_truth`: physical validity, extents, neighbors and free space of a world.
- `triangles`: all surfaces of a world as flat arrays.
- Rigid bodies: `_body`, `_contact` (first contact), `_rigid_scene` (collisions, stable rest),
  `_settling` (toppling, pushing), `_relations`, `_voxels`.
"""

from scenewright.worlds.composing.world import AreaLight, PlacedObject, Sun, World

__all__ = ["AreaLight", "PlacedObject", "Sun", "World"]
