"""A USD stage: one prim per object with its color, label, collision shapes and mass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh, require
from scenewright.simulation.bodies import SimulationScene
from scenewright.simulation.body import Body
from scenewright.simulation.solids import EXTRA, Hull, hull_of

_MARGIN = 2.0
_THICK = 0.2


def write_usd(path: Path, scene: SimulationScene, *, name: str) -> None:
    """Writes a stage in meters with z up.

    Args:
        path: File to write, which must not exist; ``.usda`` is text, ``.usdc`` binary.
        scene: The bodies.
        name: Name of the default prim.

    Raises:
        MissingExtraError: usd-core is not installed.
    """
    require("pxr", extra=EXTRA)
    from pxr import Gf, Usd, UsdGeom, UsdPhysics

    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdPhysics.SetStageKilogramsPerUnit(stage, 1.0)
    root = UsdGeom.Xform.Define(stage, f"/{name}")
    stage.SetDefaultPrim(root.GetPrim())
    physics = UsdPhysics.Scene.Define(stage, f"/{name}/physics")
    physics.CreateGravityDirectionAttr(Gf.Vec3f(0, 0, -1))
    physics.CreateGravityMagnitudeAttr(9.81)
    for body in scene.bodies:
        _add_body(stage, f"/{name}/{body.name}", body)
    low, high = scene.bounds[0] - _MARGIN, scene.bounds[1] + _MARGIN
    corners = np.array([
        [x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1])
        for z in (scene.floor - _THICK, scene.floor)
    ])  # fmt: skip
    room = f"/{name}/room"
    UsdGeom.Xform.Define(stage, room)
    _add_part(stage, f"{room}/floor_collision", hull_of(corners))
    if scene.floor_visual is not None:
        prim = _add_mesh(stage, f"{room}/floor", scene.floor_visual)
        _add_label(prim, "floor")
    for label, visual, parts in scene.room:
        prim = _add_mesh(stage, f"{room}/{label}", visual)
        _add_label(prim, label.partition("_")[0])
        for number, part in enumerate(parts):
            _add_part(stage, f"{room}/{label}_part{number:02d}", part)
    _add_filters(stage, scene, name)
    stage.GetRootLayer().Save()


def _add_body(stage: Any, path: str, body: Body) -> None:
    from pxr import Gf, UsdGeom, UsdPhysics

    node = UsdGeom.Xform.Define(stage, path)
    node.AddTranslateOp().Set(Gf.Vec3d(*body.position.tolist()))
    prim = node.GetPrim()
    _add_label(prim, body.label)
    prim.SetCustomDataByKey("scenewright:instance_id", body.id)
    if not body.fixed:
        UsdPhysics.RigidBodyAPI.Apply(prim)
        mass = UsdPhysics.MassAPI.Apply(prim)
        mass.CreateMassAttr(body.mass)
        mass.CreateCenterOfMassAttr(Gf.Vec3f(*body.center.tolist()))
        moments, axes = np.linalg.eigh(body.inertia)
        if np.linalg.det(axes) < 0:
            axes[:, 0] = -axes[:, 0]
        mass.CreateDiagonalInertiaAttr(Gf.Vec3f(*np.maximum(moments, 1e-9).tolist()))
        turn = Gf.Matrix3d(*axes.T.ravel().tolist()).ExtractRotation().GetQuat()
        mass.CreatePrincipalAxesAttr(Gf.Quatf(turn))
    _add_mesh(stage, f"{path}/visual", body.visual)
    for number, part in enumerate(body.parts):
        _add_part(stage, f"{path}/part{number:02d}", part)


def _add_mesh(stage: Any, path: str, mesh: Mesh) -> Any:
    from pxr import UsdGeom, Vt

    node = UsdGeom.Mesh.Define(stage, path)
    _set_shape(node, mesh.vertices, mesh.faces)
    colors = mesh.colors_at_vertices()
    if colors is not None:
        linear = _linear(colors)
        primvar = node.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex)
        primvar.Set(Vt.Vec3fArray.FromNumpy(linear))
    return node.GetPrim()


def _add_part(stage: Any, path: str, part: Hull) -> None:
    from pxr import UsdGeom, UsdPhysics

    node = UsdGeom.Mesh.Define(stage, path)
    _set_shape(node, part.vertices, part.faces)
    node.CreatePurposeAttr(UsdGeom.Tokens.guide)
    prim = node.GetPrim()
    UsdPhysics.CollisionAPI.Apply(prim)
    shape = UsdPhysics.MeshCollisionAPI.Apply(prim)
    shape.CreateApproximationAttr(UsdPhysics.Tokens.convexHull)


def _set_shape(node: Any, vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> None:
    from pxr import UsdGeom, Vt

    points = np.ascontiguousarray(vertices, np.float32)
    node.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    node.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
    flat = np.ascontiguousarray(np.asarray(faces).ravel(), np.int32)
    node.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(flat))
    node.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    node.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.stack([points.min(0), points.max(0)])))


def _add_label(prim: Any, label: str) -> None:
    from pxr import UsdSemantics

    if label:
        found = UsdSemantics.LabelsAPI.Apply(prim, "category")
        found.CreateLabelsAttr([label])


def _add_filters(stage: Any, scene: SimulationScene, name: str) -> None:
    """Pairs that do not collide."""
    from pxr import UsdPhysics

    bodies = {body.name for body in scene.bodies}
    for one, other in scene.apart:
        filtered = UsdPhysics.FilteredPairsAPI.Apply(stage.GetPrimAtPath(f"/{name}/{one}"))
        target = f"/{name}/{other}" if other in bodies else f"/{name}/room/{other}_part00"
        filtered.CreateFilteredPairsRel().AddTarget(target)


def _linear(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Linear colors of sRGB ones."""
    share = colors.astype(np.float32) / 255
    result: NDArray[np.float32] = np.where(
        share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4
    ).astype(np.float32)
    return result
