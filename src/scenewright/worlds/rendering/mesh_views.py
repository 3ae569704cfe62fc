"""Views of plain meshes by ray casting, lit from the camera.

A world has materials and lights; a scene that was reconstructed or generated has meshes with colors
only. Two such scenes are comparable in images only if both are lit alike, so surfaces are lit from
the camera, without shadows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, Mesh
from scenewright.core.checks import as_rigid
from scenewright.worlds.composing.triangles import face_normals
from scenewright.worlds.rendering.renderer import View

_GREY: Final = 180.0
"""sRGB value of meshes without colors."""
_AMBIENT: Final = 0.35
"""Brightness of a surface that is seen edge-on, as a share of one that faces the camera."""


class MeshRenderer:
    """Renders meshes by instance id.

    Args:
        meshes: Meshes in the world frame, meters.
        background: sRGB bytes where no surface is hit.

    Raises:
        ConventionError: There is no triangle at all.
    """

    def __init__(
        self,
        meshes: Mapping[int, Mesh],
        *,
        background: tuple[int, int, int] = (255, 255, 255),
    ) -> None:
        filled = {number: mesh for number, mesh in meshes.items() if len(mesh.faces)}
        if not filled:
            raise ConventionError("Meshes to render", expected="at least one triangle", got="none")
        self._background = np.array(background, np.uint8)
        corners = [mesh.vertices[mesh.faces] for mesh in filled.values()]
        self._colors = np.concatenate([_corner_colors(mesh) for mesh in filled.values()])
        counts = [len(mesh.faces) for mesh in filled.values()]
        self._owner = np.repeat(np.array(list(filled), np.int32), counts)
        joined = np.ascontiguousarray(np.concatenate(corners), np.float32)
        self._normals = face_normals(joined)
        self._scene = rtcore_scene.EmbreeScene()
        TriangleMesh(self._scene, joined)

    def render(self, camera: Camera, world_from_cam: NDArray[np.float64]) -> View:
        """Renders one view.

        Args:
            camera: Intrinsics.
            world_from_cam: (4, 4) rigid pose.
        """
        pose = as_rigid("world_from_cam", world_from_cam)
        height, width = camera.size
        rows, columns = np.divmod(np.arange(height * width), width)
        rays = np.stack(
            [
                (columns + 0.5 - camera.cx) / camera.fx,
                (rows + 0.5 - camera.cy) / camera.fy,
                np.ones(height * width),
            ],
            axis=1,
        )
        # Rays of unit depth: the distance of a hit is then its depth.
        rays = (rays @ pose[:3, :3].T).astype(np.float32)
        start = np.ascontiguousarray(np.broadcast_to(pose[:3, 3].astype(np.float32), rays.shape))
        found = self._scene.run(start, rays, output=True)
        hit = np.flatnonzero(found["primID"] >= 0)
        triangle = found["primID"][hit]
        normals = np.zeros((height * width, 3), np.float32)
        towards = rays[hit] / np.linalg.norm(rays[hit], axis=1, keepdims=True)
        facing = (self._normals[triangle] * towards).sum(axis=1)
        normals[hit] = self._normals[triangle] * np.where(facing > 0, -1, 1)[:, None]
        image = np.tile(self._background, (height * width, 1))
        u, v = found["u"][hit, None], found["v"][hit, None]
        colors = self._colors[triangle]
        mixed = colors[:, 0] * (1 - u - v) + colors[:, 1] * u + colors[:, 2] * v
        light = _AMBIENT + (1 - _AMBIENT) * np.abs(facing)[:, None]
        image[hit] = np.clip(np.rint(mixed * light), 0, 255).astype(np.uint8)
        depth, ids = np.zeros(height * width, np.float32), np.zeros(height * width, np.int32)
        depth[hit], ids[hit] = found["tfar"][hit], self._owner[triangle]
        return View(
            image.reshape(height, width, 3),
            depth.reshape(height, width),
            normals.reshape(height, width, 3),
            ids.reshape(height, width),
        )


def _corner_colors(mesh: Mesh) -> NDArray[np.float32]:
    """(F, 3, 3) sRGB of the corners of each triangle, 0 to 255."""
    colors = mesh.colors_at_vertices()
    if colors is None:
        return np.full((len(mesh.faces), 3, 3), _GREY, np.float32)
    return colors[mesh.faces].astype(np.float32)
