"""Objects that ``names/tiny`` was not taught about: a modelled house, and meshes of others.

The house (house-rgbd) gives the surface that its cameras saw, the meshes their whole surface.
Labels are mapped to the families that the network knows by the words of `scenewright.language`;
what no family names is ``other``. A lamp may be named as either kind of lamp.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from scenewright.core import Box3D, Instance, InstanceTable, PointCloud, Scene
from scenewright.io import read_ply_columns
from scenewright.language.lexicon import class_name, name_match
from scenewright.models import ObjectNamer
from scenewright.worlds.objects.registry import FAMILIES

OTHER = "other"
SEQUENCES = ("living-room", "bedroom")
METRIC_FOLDERS = ("aws", "scanned-household")
"""Folders of meshes in meters; the others are toys of unknown scale."""
_SPELLED = {
    "kitchentable": "table", "pictureframe": "picture", "plastic banana": "fruit",
    "plastic orange": "fruit", "green cup": "mug", "quilt": "blanket",
}  # fmt: skip
_POINTS = 1500
_ON_TABLES = "scanned-household"
_TABLE = 0.75
"""Height at which small objects are set, meters."""


@dataclass(frozen=True)
class OtherObject:
    """One object: where it is from, its label, the families that are right, and what was found."""

    source: str
    label: str
    right: frozenset[str]
    found: str
    score: float

    @property
    def is_right(self) -> bool:
        """Whether the best word is right."""
        return self.found in self.right


def families_of(label: str) -> frozenset[str]:
    """The families that name things of a label; `OTHER` if none does."""
    plain = label.replace("_", " ").strip("0123456789 ").lower()
    name = class_name(_SPELLED.get(plain, plain))
    found = {
        family
        for family in FAMILIES
        if name_match(name, family) >= 1 or name_match(family, name) >= 1
    }
    return frozenset(found or {OTHER})


def house_objects(folder: Path, namer: ObjectNamer) -> Iterator[OtherObject]:
    """The objects of both sequences, as far as they were seen."""
    for sequence in SEQUENCES:
        facts = json.loads((folder / sequence / "instances.json").read_text("utf-8"))
        records = facts["instances"]
        known = {int(one["id"]): one for one in records}
        columns = read_ply_columns(folder / sequence / "gt_points.ply")
        points = np.stack([np.asarray(columns[axis]) for axis in "xyz"], axis=1)
        colors = np.stack([np.asarray(columns[c]) for c in ("red", "green", "blue")], axis=1)
        ids = np.asarray(columns["instance"]).astype(np.int32)
        scene = scene_of(
            points.astype(np.float32), colors.astype(np.uint8), ids,
            {number: str(one["category"]) for number, one in known.items()},
            stuff={number for number, one in known.items() if one["is_stuff"]},
        )  # fmt: skip
        yield from named(f"house, {sequence}", scene, namer)


def mesh_objects(folder: Path, namer: ObjectNamer) -> Iterator[OtherObject]:
    """Meshes in meters, each alone: furniture on the floor, household things at table height."""
    for record in json.loads((folder / "index.json").read_text("utf-8")):
        source = str(record["file"]).split("/")[0]
        if source not in METRIC_FOLDERS:
            continue
        mesh: Any = trimesh.load(folder / record["file"], force="mesh")
        places, faces = trimesh.sample.sample_surface(mesh, _POINTS, seed=0)
        vertex = np.asarray(mesh.visual.to_color().vertex_colors, np.float64)
        shades = vertex[mesh.faces[faces]].mean(axis=1)
        points = np.stack([places[:, 0], -places[:, 2], places[:, 1]], axis=1)
        points[:, 2] += (_TABLE if source == _ON_TABLES else 0.0) - points[:, 2].min()
        plain = np.random.default_rng(0).uniform(-1, 1, (200, 3)) * (1, 1, 0)
        colors = np.concatenate(
            [shades[:, :3], np.full((200, 3), 180)]
        ).astype(np.uint8)  # fmt: skip
        ids = np.repeat([1, 2], [_POINTS, 200]).astype(np.int32)
        scene = scene_of(
            np.concatenate([points, plain]).astype(np.float32), colors, ids,
            {1: str(record["category"]), 2: "floor"}, stuff={2},
        )  # fmt: skip
        yield from named(f"meshes, {source}", scene, namer)


def scene_of(
    points: NDArray[np.float32],
    colors: NDArray[np.uint8],
    ids: NDArray[np.int32],
    labels: dict[int, str],
    *,
    stuff: set[int],
) -> Scene:
    """A scene of colored points."""
    rows = []
    for number, label in labels.items():
        own = points[ids == number].astype(np.float64)
        if len(own):
            low, high = own.min(axis=0), own.max(axis=0)
            box = Box3D((low + high) / 2, np.maximum(high - low, 1e-3), np.eye(3))
            role = "object"
            if number in stuff:
                role = label if label in ("floor", "wall", "ceiling") else "surface"
            rows.append(Instance(number, label, 1.0, box, len(own), role=role))
    known = np.isin(ids, [row.id for row in rows])
    cloud = PointCloud(points, colors, instance_id=np.where(known, ids, 0).astype(np.int32))
    return Scene(InstanceTable.from_rows(rows), points=cloud, up=np.array([0.0, 0.0, 1.0]))


def named(source: str, scene: Scene, namer: ObjectNamer) -> Iterator[OtherObject]:
    """What the network says about the objects of a scene."""
    for number, chances in namer.chances(scene).items():
        label = scene.instances.by_id(number).label
        best = int(chances.argmax())
        yield OtherObject(
            source, label, families_of(label), namer.words[best], float(chances[best])
        )  # fmt: skip
