"""From a guess to a whole object: seen surface as scanned, the hidden rest joined to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, label
from scipy.sparse import coo_array, diags_array
from scipy.spatial import KDTree

from scenewright.completion.coloring import hidden_colors
from scenewright.completion.covering import pulled_to_seen
from scenewright.completion.evidence import occupied_cells
from scenewright.completion.seen_surface import SeenSurface
from scenewright.core import Asset, ConventionError, Mesh
from scenewright.geometry.grid_surface import grid_surface
from scenewright.geometry.sheets import is_closed
from scenewright.geometry.solid_cells import fill_solid
from scenewright.models.partial_shapes import PartialShape, ShapeGuess

_SEEN, _HIDDEN = 0.9, 1.9
"""A vertex nearer to the seen surface than the first is moved onto it, one farther than the second
stays where the guess put it; in between it is blended. In cells."""
_LARGEST_MOVE = 1.25
"""Largest move of a vertex onto the seen surface, in cells."""
_SAME_SIDE = 0.2
"""Smallest cosine between the normal of a vertex and that of the seen surface near it: the back of
a thin board is not its front."""
_SMOOTHING_ROUNDS = 2
_SHRINK, _GROW = 0.5, -0.53
"""Steps of the smoothing towards the means of the neighbors and away from them (Taubin, SIGGRAPH
1995), so that thin parts do not shrink."""
_SAMPLES = 3
"""Samples of the seen surface along a cell that vertices are moved onto."""
_NEAREST = 8
_MOST_ROUNDS = 3
"""Rounds in which vertices that enclose free cells are moved back."""


@dataclass(frozen=True, eq=False)
class WholeObject:
    """A completed object.

    Attributes:
        asset: Closed mesh with colors, `observed` and `uncertainty` per vertex.
        solid: (X, Y, Z) cells that it fills, in the grid of the evidence.
        guess: The guess that it is made from.
    """

    asset: Asset
    solid: NDArray[np.bool_]
    guess: ShapeGuess

    @property
    def hidden_uncertainty(self) -> float:
        """Mean uncertainty of the vertices that no camera saw, in [0, 1]; 0 if all were seen."""
        assert self.asset.observed is not None and self.asset.uncertainty is not None
        hidden = ~self.asset.observed
        return float(self.asset.uncertainty[hidden].mean()) if hidden.any() else 0.0


def compose(shape: PartialShape, guess: ShapeGuess, surface: SeenSurface) -> WholeObject:
    """Makes a whole object of a guess.

    The surface of the filled cells is closed. Where it runs along the seen surface, it is moved
    onto it; the farther from it, the less. Its topology stays, so that it stays closed. Seen
    surface that is still more than a cell away pulls single vertices (`covering`).

    Args:
        shape: The evidence on the object.
        guess: A guess at the whole.
        surface: The seen surface.

    Raises:
        ConventionError: Nothing of the object was seen inside of the grid.
    """
    # Surface that frames also see through is unknown to the guess, and kept as scanned.
    own = occupied_cells(shape.grid, surface.points) & ~shape.free
    solid = _joined_to_seen(guess.solid | own, own | shape.occupied)
    if not solid.any():
        raise ConventionError("object to complete", expected="occupied cells", got="none")
    cell = shape.grid.cell_size
    stepped, faces = grid_surface(solid, origin=shape.grid.origin, cell_size=cell)
    vertices = _smoothed(stepped, faces, most=0.5 * cell)
    normals = vertex_normals(vertices, faces)
    weight, target = _onto_seen(vertices, normals, surface, cell)
    vertices = vertices + weight[:, None] * (target - vertices)
    vertices = _out_of_free(vertices, stepped, faces, shape)
    vertices, is_pulled = pulled_to_seen(vertices, faces, surface, shape)
    observed = (weight >= 0.5) | is_pulled
    within = vertices - 0.5 * cell * normals  # Beyond the surface all may be known to be free.
    uncertainty = np.where(observed, 0.0, 1.0 - _certainty_at(shape, guess, within))
    colors = hidden_colors(
        vertices, normals, seen=observed, surface=surface, symmetries=guess.symmetries,
        cell_size=cell,
    )  # fmt: skip
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    placement = np.eye(4)
    placement[:3, 3] = middle
    mesh = Mesh((vertices - middle).astype(np.float32), faces.astype(np.int32), colors)
    asset = Asset(
        mesh,
        placement,
        is_whole=is_closed(faces),
        observed=observed,
        uncertainty=uncertainty.astype(np.float32),
    )
    return WholeObject(asset, solid, guess)


def vertex_normals(
    vertices: NDArray[np.float64], faces: NDArray[np.integer]
) -> NDArray[np.float64]:
    """(V, 3) unit normals, means of those of the faces by area; zero where undefined."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    result = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(result, faces[:, k], cross)
    length = np.linalg.norm(result, axis=1, keepdims=True)
    unit: NDArray[np.float64] = result / np.where(length > 0, length, 1)
    return unit


def neighbor_means(num_vertices: int, faces: NDArray[np.integer]) -> coo_array:
    """(V, V) sparse matrix that replaces values at vertices by the means of their neighbors."""
    start = np.concatenate([faces[:, 0], faces[:, 1], faces[:, 2]])
    end = np.concatenate([faces[:, 1], faces[:, 2], faces[:, 0]])
    rows, columns = np.concatenate([start, end]), np.concatenate([end, start])
    links = coo_array((np.ones(len(rows)), (rows, columns)), (num_vertices,) * 2).tocsr()
    links.data[:] = 1
    degree = np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1)
    return diags_array(1 / degree) @ links


def _joined_to_seen(solid: NDArray[np.bool_], occupied: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The connected parts that hold seen surface."""
    parts, _ = label(solid, np.ones((3, 3, 3)))
    kept = np.unique(parts[occupied & solid])
    result: NDArray[np.bool_] = np.isin(parts, kept[kept > 0])
    return result


def _smoothed(
    vertices: NDArray[np.float64], faces: NDArray[np.integer], *, most: float
) -> NDArray[np.float64]:
    """Vertices without the steps of the grid, moved at most by a length on each axis."""
    means = neighbor_means(len(vertices), faces)
    moved = vertices
    for _ in range(_SMOOTHING_ROUNDS):
        for step in (_SHRINK, _GROW):
            moved = moved + step * (means @ moved - moved)
    result: NDArray[np.float64] = vertices + np.clip(moved - vertices, -most, most)
    return result


def _onto_seen(
    vertices: NDArray[np.float64],
    normals: NDArray[np.float64],
    surface: SeenSurface,
    cell: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight and position of each vertex on the seen surface."""
    surface = surface.thinned(cell / _SAMPLES)
    count = min(_NEAREST, len(surface))
    found, rows = KDTree(surface.points).query(
        vertices, k=count, distance_upper_bound=_HIDDEN * cell
    )
    distance, nearest = found.reshape(len(vertices), count), rows.reshape(-1, count)
    # What is too far has the number of samples for its own, and counts for nothing.
    points = np.concatenate([surface.points, np.zeros((1, 3))])
    facing = np.concatenate([surface.normals, np.zeros((1, 3))])
    agree = np.einsum("vkj,vj->vk", facing[nearest], normals)
    is_oriented = np.abs(facing[nearest]).sum(axis=2) > 0
    usable = np.isfinite(distance) & (~is_oriented | (agree > _SAME_SIDE))
    # The nearest samples of the same side, weighted by nearness.
    near = np.where(usable, np.exp(-((distance / (0.7 * cell)) ** 2)), 0)
    total = near.sum(axis=1)
    share = near / np.maximum(total, 1e-300)[:, None]
    foot = np.einsum("vk,vkj->vj", share, points[nearest])
    normal = np.einsum("vk,vkj->vj", share, facing[nearest])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = normal / np.where(length > 0, length, 1)
    along = np.einsum("vj,vj->v", vertices - foot, normal)
    target = np.where(length > 0, vertices - along[:, None] * normal, foot)
    least = np.where(usable, distance, np.inf).min(axis=1) / cell
    weight = np.clip((_HIDDEN - least) / (_HIDDEN - _SEEN), 0, 1)
    weight = weight**2 * (3 - 2 * weight)
    weight[(total <= 0) | (np.linalg.norm(target - vertices, axis=1) > _LARGEST_MOVE * cell)] = 0
    return weight, target


def _out_of_free(
    vertices: NDArray[np.float64],
    stepped: NDArray[np.float64],
    faces: NDArray[np.integer],
    shape: PartialShape,
) -> NDArray[np.float64]:
    """Vertices moved back to the steps of the grid where they would enclose free cells."""
    grid, moved = shape.grid, vertices
    for reach in range(1, _MOST_ROUNDS + 1):
        inside = np.zeros(grid.states.shape, np.int32)
        fill_solid(moved[faces], grid.origin, grid.cell_size, 1, inside)
        wrong = (inside > 0) & shape.free
        if not wrong.any():
            break
        near = binary_dilation(wrong, np.ones((3, 3, 3)), iterations=reach)
        cells = np.floor((moved - grid.origin) / grid.cell_size).astype(np.int64)
        cells = np.clip(cells, 0, np.array(near.shape) - 1)
        moved = np.where(near[tuple(cells.T)][:, None], stepped, moved)
    return moved


def _certainty_at(
    shape: PartialShape, guess: ShapeGuess, vertices: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How sure the guess is of the cells at hidden vertices, in [0, 1]."""
    scaled = (vertices - shape.grid.origin) / shape.grid.cell_size
    cells = np.clip(np.floor(scaled).astype(int), 0, np.array(guess.solid.shape) - 1)
    found: NDArray[np.float64] = guess.certainty[tuple(cells.T)].astype(np.float64)
    return found
