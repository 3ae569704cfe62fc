"""Small valid objects for tests, every detail overridable where tests need it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    Asset,
    Box3D,
    Camera,
    Frame,
    Instance,
    InstanceTable,
    MaskSet,
    Mesh,
    PointCloud,
    Relation,
    RelationTable,
    Scene,
    Step,
    SurfelCloud,
)

T = TypeVar("T")


def known(value: T | None) -> T:
    """`value`; fails if it is None."""
    assert value is not None
    return value


def turn(angle: float, axis: int = 2) -> NDArray[np.float64]:
    """(3, 3) rotation by `angle` radians about x, y or z."""
    cosine, sine = np.cos(angle), np.sin(angle)
    a, b = [i for i in range(3) if i != axis]
    matrix = np.eye(3)
    matrix[a, a] = matrix[b, b] = cosine
    matrix[a, b], matrix[b, a] = -sine, sine
    return matrix


def make_camera(width: int = 8, height: int = 6) -> Camera:
    return Camera.from_focal(10.0, 11.0, width / 2, height / 2, width=width, height=height)


def make_frame(index: int = 0, *, width: int = 8, height: int = 6, depth: float = 2.0) -> Frame:
    """A frame that looks at a wall `depth` meters ahead, from the origin of a z-up world."""
    world_from_cam = np.eye(4)
    world_from_cam[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    image = np.random.default_rng(index).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Frame(
        index,
        make_camera(width, height),
        world_from_cam,
        image,
        np.full((height, width), depth, np.float32),
        time=index / 30,
        name=f"{index:06d}",
    )


def make_masks(height: int = 6, width: int = 8, *, embeddings: bool = False) -> MaskSet:
    """Two masks side by side, ids 1 and 2, scores 0.9 and 0.6."""
    id_map = np.zeros((height, width), np.int32)
    id_map[1:-1, 1 : width // 2] = 1
    id_map[1:-1, width // 2 : -1] = 2
    vectors = {1: np.array([1, 0, 0], np.float32), 2: np.array([0, 1, 0], np.float32)}
    return MaskSet.from_id_map(
        id_map, scores={1: 0.9, 2: 0.6}, embeddings=vectors if embeddings else None
    )


def make_cube(*, colors: bool = True, edge: float = 1.0) -> Mesh:
    """A cube around the origin, outward faces, a different color at each corner."""
    corners = ((np.arange(8)[:, None] >> np.arange(3)) & 1).astype(np.float32)
    faces = [
        (0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4),
        (2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5),
    ]  # fmt: skip
    shades = (corners * 215 + [[7, 20, 40]]).astype(np.uint8)
    vertices = ((corners - 0.5) * edge).astype(np.float32)
    return Mesh(vertices, np.array(faces, np.int32), shades if colors else None)


def make_textured_quad(*, channels: int = 3, height: int = 4, width: int = 6) -> Mesh:
    """A square of two triangles with a texture that has another color in each texel."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    vertices = np.column_stack([corners, np.zeros(4, np.float32)])
    count = height * width * channels
    texture = (np.arange(count) * 37 % 251).astype(np.uint8).reshape(height, width, channels)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    # The image hangs upright on the square: its first row is at y = 1.
    return Mesh(vertices, faces, uv=np.abs(corners - [0, 1]).astype(np.float32), texture=texture)


def make_placement(
    offset: tuple[float, float, float] = (1.0, 2.0, 0.5), *, angle: float = 0.3, scale: float = 1.0
) -> NDArray[np.float64]:
    """(4, 4) world_from_asset: scaled, turned about z, moved."""
    matrix = np.eye(4)
    matrix[:3, :3] = turn(angle) * scale
    matrix[:3, 3] = offset
    return matrix


def make_instance(instance_id: int = 7, label: str = "chair", *, score: float = 0.75) -> Instance:
    box = Box3D(np.array([1.0, 2.0, 0.5]), np.array([0.5, 0.6, 1.0]), turn(0.3))
    vector = np.array([0.6, 0.8, 0.0, 0.0], np.float32)
    return Instance(instance_id, label, score, box, 3, 4, features={"masks": vector})


def make_scene(*, assets: bool = True, points: bool = True, embeddings: bool = True) -> Scene:
    """A z-up scene of a chair (7), a café table (12) and something unnamed (3), in that order."""
    rows = [
        make_instance(7, "chair", score=0.1),
        make_instance(12, "café table/round", score=1 / 3),
        make_instance(3, "", score=1.0),
    ]
    table = InstanceTable.from_rows(rows)
    if not embeddings:
        table = replace(table, features={})
    rng = np.random.default_rng(5)
    cloud = PointCloud(
        rng.normal(size=(10, 3)).astype(np.float32),
        rng.integers(0, 256, (10, 3), dtype=np.uint8),
        np.tile(np.array([0, 0, 1], np.float32), (10, 1)),
        np.array([7, 7, 7, 12, 12, 12, 3, 3, 3, 0], np.int32),
    )
    return Scene(
        table,
        cloud if points else None,
        {
            7: Asset(make_cube(edge=0.5), make_placement(scale=1.5)),
            12: Asset(make_cube(colors=False), make_placement((-1.0, 0.1, 1 / 3), angle=2.0)),
        }
        if assets
        else {},
        np.array([0.0, 0.0, 1.0]),
        (Step("segment", "0.1.0", {"voxel_size": 0.02, "names": ["a", "b"], "limit": None}),),
    )


def make_full_scene() -> Scene:
    """`make_scene` with all that a scene of objects which no camera saw may hold.

    The chair has a texture and was seen in part, the table is a mesh with surfels, the third object
    is surfels alone and was generated. The rest is a mesh.
    """
    base = make_scene()
    rows = list(base.instances)
    rows[0] = replace(rows[0], source="completed", label_scores={"chair": 0.5, "stool": 0.25})
    rows[1] = replace(rows[1], num_frames=None, role="surface")
    rows[2] = replace(
        rows[2], num_points=None, num_frames=None, source="generated",
        features={"clip": np.array([0, 1], np.float32)},
    )  # fmt: skip
    surfels = SurfelCloud(
        np.array([[0, 0, 0], [0.1, 0.2, 0.3]], np.float32),
        np.array([[1, 0, 0, 0], [0, 0, 1, 0]], np.float32),
        np.full((2, 2), 0.05, np.float32),
        np.array([0.5, 1], np.float32),
        np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 4, 3),
    )
    assert base.points is not None
    fragment_id = np.array([0] * 9 + [15], np.int32)
    return replace(
        base,
        points=replace(base.points, fragment_id=fragment_id),
        fragments=InstanceTable.from_rows([replace(make_instance(15, ""), features={})]),
        instances=InstanceTable.from_rows(rows, feature_models={"clip": "embed/clip"}),
        assets={
            7: Asset(
                make_textured_quad(), make_placement(scale=1.5), None, False,
                np.array([True, True, False, False]), np.array([0, 0.25, 1, 0.5], np.float32),
            ),
            12: Asset(make_cube(), make_placement((-1.0, 0.1, 1 / 3), angle=2.0), surfels, True),
            3: Asset(
                None, make_placement(angle=1.0), surfels, None, np.array([True, False]),
                np.array([0, 1], np.float32),
            ),
        },
        relations=RelationTable.from_rows(
            [Relation(7, "on", 12, 1 / 3, 0.001), Relation(3, "beside", 7)]
        ),
        rest=Asset(make_cube(edge=4.0), make_placement((0.0, 0.0, 2.0), angle=0.1)),
    )  # fmt: skip


def assert_same_scene(left: Scene, right: Scene) -> None:
    """Fails unless two scenes hold exactly the same values of the same types."""
    assert_same_table(left.instances, right.instances)
    _assert_same(left.up, right.up, "up")
    assert left.is_metric == right.is_metric
    assert [(s.name, s.version, dict(s.config)) for s in left.provenance] == [
        (s.name, s.version, dict(s.config)) for s in right.provenance
    ]
    assert_same_table(left.fragments, right.fragments)
    assert (left.points is None) == (right.points is None)
    if left.points is not None and right.points is not None:
        for name in PointCloud.__dataclass_fields__:
            _assert_same(getattr(left.points, name), getattr(right.points, name), name)
    assert list(left.assets) == list(right.assets)
    for key, asset in left.assets.items():
        assert_same_asset(asset, right.assets[key])
    assert (left.rest is None) == (right.rest is None)
    if left.rest is not None and right.rest is not None:
        assert_same_asset(left.rest, right.rest)
    assert (left.relations is None) == (right.relations is None)
    if left.relations is not None and right.relations is not None:
        assert list(left.relations) == list(right.relations)


def assert_same_table(left: InstanceTable, right: InstanceTable) -> None:
    """Fails unless two tables hold exactly the same values of the same types."""
    for name in InstanceTable.__dataclass_fields__:
        if name != "features":
            _assert_same(getattr(left, name), getattr(right, name), name)
    assert list(left.features) == list(right.features)
    for name, column in left.features.items():
        assert column.model == right.features[name].model
        _assert_same(column.vectors, right.features[name].vectors, name)


def assert_same_asset(left: Asset, right: Asset) -> None:
    """Fails unless two assets are exactly the same."""
    assert (left.mesh is None) == (right.mesh is None)
    if left.mesh is not None and right.mesh is not None:
        assert_same_mesh(left.mesh, right.mesh)
    assert (left.surfels is None) == (right.surfels is None)
    if left.surfels is not None and right.surfels is not None:
        for name in SurfelCloud.__dataclass_fields__:
            _assert_same(getattr(left.surfels, name), getattr(right.surfels, name), name)
    for name in ("world_from_asset", "is_whole", "observed", "uncertainty"):
        _assert_same(getattr(left, name), getattr(right, name), name)


def assert_same_mesh(left: Mesh, right: Mesh) -> None:
    """Fails unless two meshes are exactly the same."""
    for name in Mesh.__dataclass_fields__:
        _assert_same(getattr(left, name), getattr(right, name), name)


def _assert_same(left: object, right: object, name: str) -> None:
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        assert left.dtype == right.dtype and left.shape == right.shape, name
        assert np.array_equal(left, right, equal_nan=left.dtype.kind == "f"), name
    else:
        assert left is None if right is None else left == right, name
