"""Positions and movements of cameras in a world.

- `poses`: a pose from a position and a target.
- `probe`: ray casts, distances and visibility without lighting.
- `viewpoints`: single good views.
- `camera_path`, `free_plane`, `trajectories`: closed paths through free space.
"""
