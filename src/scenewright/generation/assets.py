"""Decoded surfaces to assets: fewer faces, closed, with a texture or colors of vertices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from scenewright.core import Asset, ConventionError, Mesh, SurfelCloud
from scenewright.core.checks import as_array, check_finite
from scenewright.generation.color_fields import ColorField
from scenewright.generation.simplifying import LEAST_FACES, simplified_surface
from scenewright.generation.unwrapping import (
    LARGEST_SIZE,
    SMALLEST_SIZE,
    TexelMap,
    Unwrapped,
    texel_map,
    unwrapped,
)
from scenewright.geometry.sheets import is_closed

Coloring = Literal["auto", "texture", "vertices"]

LEAST_SHARE = 1e-3
"""Smallest share of the faces that can be kept."""
_FEWEST_FACES = 1500
"""However small the share: coarse surfaces have few faces from the start."""
ENOUGH_ERROR = 4 / 255
"""Vertex colors are enough where the color between vertices differs by at most this from theirs."""
_ENOUGH_SHARE = 0.95


@dataclass(frozen=True)
class AssetSettings:
    """How a decoded surface becomes an asset.

    Attributes:
        keep_share: Share of the faces to keep; the published pipelines keep 0.05.
        max_faces: Largest number of faces, whatever the share.
        coloring: ``"texture"``, ``"vertices"``, or ``"auto"``: colors of vertices where these
            describe the surface as well (`vertex_colors_are_enough`), otherwise a texture.
        texture_size: Longer side of the texture, texels.

    Raises:
        ConventionError: A setting is outside of its range.
    """

    keep_share: float = 0.05
    max_faces: int = 50_000
    coloring: Coloring = "texture"
    texture_size: int = 1024

    def __post_init__(self) -> None:
        if not LEAST_SHARE <= self.keep_share <= 1:
            raise ConventionError(
                "keep_share", expected=f"{LEAST_SHARE:g} to 1", got=str(self.keep_share)
            )
        if self.max_faces < LEAST_FACES:
            expected = f"at least {LEAST_FACES}"
            raise ConventionError("max_faces", expected=expected, got=str(self.max_faces))
        if self.coloring not in get_args(Coloring):
            expected = " or ".join(get_args(Coloring))
            raise ConventionError("coloring", expected=expected, got=str(self.coloring))
        if not SMALLEST_SIZE <= self.texture_size <= LARGEST_SIZE:
            expected = f"{SMALLEST_SIZE} to {LARGEST_SIZE}"
            raise ConventionError("texture_size", expected=expected, got=str(self.texture_size))

    def faces_to_keep(self, num_faces: int) -> int:
        """The largest number of faces of an asset whose decoded surface has `num_faces`."""
        return min(self.max_faces, max(_FEWEST_FACES, round(self.keep_share * num_faces)))


def make_asset(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    colors: ColorField | None = None,
    *,
    world_from_object: NDArray[np.float64] | None = None,
    surfels: SurfelCloud | None = None,
    settings: AssetSettings | None = None,
) -> Asset:
    """Makes the asset of one object.

    Args:
        vertices: (V, 3) of the decoded surface, in the object's cube [-0.5, 0.5]^3, z up.
        faces: (F, 3), counterclockwise seen from outside.
        colors: Colors in the same frame; None leaves the mesh without.
        world_from_object: (4, 4) similarity that places the cube; None for the identity.
        surfels: Surfels of the object in the same frame, kept beside the mesh.
        settings: Sizes; None for the defaults.

    Returns:
        An asset whose `is_whole` states whether its mesh is closed.

    Raises:
        ShapeError: The arrays do not have three columns.
        ConventionError: There is no surface, a coordinate is not finite, or a face has a corner
            that does not exist.
        MissingExtraError: A package of the extra ``assets`` is not installed.
    """
    chosen = settings or AssetSettings()
    points, corners = _checked(vertices, faces)
    limit = chosen.faces_to_keep(len(corners))
    few, triangles = simplified_surface(points, corners, max_faces=limit)
    return Asset(
        mesh=colored_mesh(few, triangles, colors, settings=chosen),
        world_from_asset=np.eye(4) if world_from_object is None else world_from_object,
        surfels=surfels,
        is_whole=is_closed(triangles),
    )


def colored_mesh(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    colors: ColorField | None,
    *,
    settings: AssetSettings,
) -> Mesh:
    """A mesh with a texture or colors of vertices, as the settings say."""
    if colors is None:
        return Mesh(vertices.astype(np.float32), faces.astype(np.int32))
    use_vertices = settings.coloring == "vertices" or (
        settings.coloring == "auto" and vertex_colors_are_enough(vertices, faces, colors)
    )
    if use_vertices:
        at_vertices = _bytes(colors.colors_at(vertices))
        return Mesh(vertices.astype(np.float32), faces.astype(np.int32), at_vertices)
    surface = unwrapped(vertices, faces, texture_size=settings.texture_size)
    return Mesh(
        vertices[surface.source].astype(np.float32),
        surface.faces,
        uv=surface.uv,
        texture=baked_texture(vertices, surface, colors),
    )


def vertex_colors_are_enough(
    vertices: NDArray[np.floating], faces: NDArray[np.integer], colors: ColorField
) -> bool:
    """Whether interpolated colors of vertices are close to the colors between the vertices.

    The colors in the middle of the edges and faces are compared; nearly all must differ by at most
    `ENOUGH_ERROR`.
    """
    at_vertices = colors.colors_at(vertices)
    corners, values = vertices[faces], at_vertices[faces]
    worst = []
    for members in ((0, 1), (1, 2), (2, 0), (0, 1, 2)):
        between = colors.colors_at(corners[:, members].mean(axis=1))
        worst.append(np.abs(between - values[:, members].mean(axis=1)).max(axis=1))
    return bool((np.concatenate(worst) <= ENOUGH_ERROR).mean() >= _ENOUGH_SHARE)


def baked_texture(
    vertices: NDArray[np.floating], surface: Unwrapped, colors: ColorField
) -> NDArray[np.uint8]:
    """(H, W, 3) texture: each texel has the color of the point of the surface that it shows.

    Texels between the charts repeat the nearest one that shows the surface, so that filtered and
    reduced textures have no seams.

    Args:
        vertices: (V, 3) of the mesh that was unwrapped.
        surface: Its texture coordinates.
        colors: In the frame of the vertices.
    """
    texels = texel_map(surface)
    texture = np.zeros((*surface.size, 3), np.uint8)
    if not len(texels.rows):
        texture[:] = _bytes(colors.colors_at(np.mean(vertices, axis=0, keepdims=True)))
        return texture
    points = _texel_points(np.asarray(vertices, np.float64), surface, texels)
    texture[texels.rows, texels.columns] = _bytes(colors.colors_at(points))
    is_empty = np.ones(surface.size, bool)
    is_empty[texels.rows, texels.columns] = False
    _, (rows, columns) = distance_transform_edt(is_empty, return_indices=True)
    filled: NDArray[np.uint8] = texture[rows, columns]
    return filled


def _texel_points(
    vertices: NDArray[np.float64], surface: Unwrapped, texels: TexelMap
) -> NDArray[np.float64]:
    """(T, 3) points of the surface that texels show."""
    corners = surface.source[surface.faces[texels.faces]]
    points: NDArray[np.float64] = np.einsum("tk,tkc->tc", texels.weights, vertices[corners])
    return points


def _bytes(colors: NDArray[np.float64]) -> NDArray[np.uint8]:
    result: NDArray[np.uint8] = (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
    return result


def _checked(
    vertices: NDArray[np.floating], faces: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    points = as_array("vertices", vertices, shape=(None, 3), dtype=np.float64)
    corners = as_array("faces", faces, shape=(None, 3), dtype=np.int64)
    check_finite("vertices", points)
    if not len(corners):
        raise ConventionError(
            "The surface of an object", expected="at least 1 face", got="none",
            do="The network decoded nothing; try another seed.",
        )  # fmt: skip
    if corners.min() < 0 or corners.max() >= len(points):
        raise ConventionError(
            "faces", expected=f"numbers of vertices from 0 to {len(points) - 1}",
            got=f"{corners.min()} to {corners.max()}",
        )  # fmt: skip
    return points, corners
