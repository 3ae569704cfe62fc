"""Parts shared by GLB files of meshes and of splats: up direction, placements, extras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Asset, Box3D, Instance, Relation, RelationTable
from scenewright.core.conventions import METER
from scenewright.io.boxes import instance_record
from scenewright.io.jsonio import plain_json

FORMAT = "scenewright-glb"
VERSION = 3
EXTRAS = "scenewright"
WORLD_NODE = "scene"
REST = "rest"
"""Name of the node with the surface of no instance, and the key in its extras that marks it."""
ASSET_SURFELS = "asset_surfels"
"""Key in the extras of a node whose splats are the surfels of an asset; the value is the id."""
OBSERVED, UNCERTAINTY = "_OBSERVED", "_UNCERTAINTY"
"""Custom vertex attributes."""


def gltf_from_world(up: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """The rotation that makes a world upright in glTF, where +Y is up.

    Args:
        up: (3,) unit vector against gravity, world frame. None means that the world is the frame
            of a level first camera (x right, y down, z forward), so -Y is up.

    Returns:
        (4, 4) float64 gltf_from_world, the shortest rotation that takes `up` to +Y. A z-up world
        maps to (x, z, -y), a camera frame to (x, -y, -z), the camera axes of glTF.
    """
    start = np.array([0.0, -1.0, 0.0]) if up is None else np.asarray(up, np.float64)
    goal = np.array([0.0, 1.0, 0.0])
    matrix = np.eye(4)
    cosine = float(start @ goal)
    if cosine < -1 + 1e-9:
        # A half turn has no shortest axis; about x, a camera keeps looking forward.
        matrix[1, 1] = matrix[2, 2] = -1.0
        return matrix
    x, y, z = np.cross(start, goal)
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    matrix[:3, :3] += skew + skew @ skew / (1.0 + cosine)
    return matrix


def scene_extras(
    up: NDArray[np.float64] | None, relations: RelationTable | None, *, unit: str = METER
) -> dict[str, Any]:
    """The extras of the glTF scene."""
    record: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "unit": unit,
        "up": None if up is None else up.tolist(),
    }
    if relations is not None:
        record["relations"] = relation_records(relations)
    return {EXTRAS: record}


def node_extras(row: Instance, asset: Asset | None = None) -> dict[str, Any]:
    """The extras of a node: known values one by one for other programs, and the full record."""
    flat: dict[str, Any] = {
        "instance_id": row.id,
        "label": row.label,
        "score": row.score,
        "source": row.source,
        "role": row.role,
    }
    if row.label_scores:
        flat["label_scores"] = dict(row.label_scores)
    is_whole, observed_share = None, None
    if asset is not None:
        is_whole, observed_share = asset.is_whole, asset.observed_share
    if is_whole is not None:
        flat["is_whole"] = is_whole
    if observed_share is not None:
        flat["observed_share"] = round(observed_share, 4)
    return {**flat, EXTRAS: plain_json({**instance_record(row), "is_whole": is_whole})}


def recorded_wholeness(tree: dict[str, Any]) -> dict[int, bool | None]:
    """`Asset.is_whole` by instance id, from the records in the extras of nodes."""
    records = [node.get("extras", {}).get(EXTRAS, {}) for node in tree["nodes"]]
    return {one["id"]: one["is_whole"] for one in records if "is_whole" in one}


def asset_attributes(asset: Asset) -> dict[str, NDArray[np.float32]]:
    """The per-element values of an asset as vertex attributes."""
    attributes = {}
    if asset.observed is not None:
        attributes[OBSERVED] = asset.observed.astype(np.float32)
    if asset.uncertainty is not None:
        attributes[UNCERTAINTY] = asset.uncertainty
    return attributes


def asset_values(
    attributes: Mapping[str, NDArray[np.float32]],
) -> tuple[NDArray[np.bool_] | None, NDArray[np.float32] | None]:
    """`Asset.observed` and `Asset.uncertainty` from vertex attributes."""
    observed = attributes.get(OBSERVED)
    return None if observed is None else observed >= 0.5, attributes.get(UNCERTAINTY)


def relation_records(relations: RelationTable) -> list[dict[str, Any]]:
    """Relations as JSON values."""
    return [vars(row) for row in relations]


def read_relations(records: list[dict[str, Any]] | None) -> RelationTable | None:
    """The relations in the output of `relation_records`; None stays None.

    Raises:
        KeyError: A field is missing.
        TypeError: An id is not an integer, or a predicate is not text.
    """
    if records is None:
        return None
    rows = []
    for one in records:
        subject, predicate, target = one["subject"], one["predicate"], one["object"]
        if not isinstance(subject, int) or not isinstance(target, int):
            raise TypeError("a relation of ids that are not integers")
        if not isinstance(predicate, str):
            raise TypeError("a predicate that is not text")
        rows.append(Relation(subject, predicate, target, one["score"], one["distance"]))
    return RelationTable.from_rows(rows)


def box_placement(box: Box3D) -> NDArray[np.float64]:
    """(4, 4) world_from_box: center and axes."""
    matrix = np.eye(4)
    matrix[:3, :3] = box.rotation
    matrix[:3, 3] = box.center
    return matrix
