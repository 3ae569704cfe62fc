"""The USD stage, opened with usd-core."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.simulation import simulation_scene, write_simulation
from tests.simulation.simulation_builders import box_volume, room

pytest.importorskip("coacd")
pytest.importorskip("pxr")


def test_usd_core_opens_the_stage(tmp_path: Path) -> None:
    from pxr import Usd, UsdGeom, UsdPhysics, UsdSemantics

    write_simulation(tmp_path / "room.usda", simulation_scene(room()))
    stage = Usd.Stage.Open(str(tmp_path / "room.usda"))
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert UsdGeom.GetStageUpAxis(stage) == "Z"
    root = stage.GetDefaultPrim()
    assert root.GetName() == "room"
    box = stage.GetPrimAtPath("/room/object_003_box")
    assert box.HasAPI(UsdPhysics.RigidBodyAPI)
    assert UsdPhysics.MassAPI(box).GetMassAttr().Get() == pytest.approx(80 * box_volume(), rel=1e-3)
    assert list(UsdSemantics.LabelsAPI(box, "category").GetLabelsAttr().Get()) == ["box"]
    picture = stage.GetPrimAtPath("/room/object_005_picture")
    assert not picture.HasAPI(UsdPhysics.RigidBodyAPI)
    part = stage.GetPrimAtPath("/room/object_003_box/part00")
    assert part.HasAPI(UsdPhysics.CollisionAPI)
    assert UsdPhysics.MeshCollisionAPI(part).GetApproximationAttr().Get() == "convexHull"
    seen = UsdGeom.Mesh(stage.GetPrimAtPath("/room/object_003_box/visual"))
    assert len(seen.GetPointsAttr().Get()) > 8
    bound = UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"]).ComputeWorldBound(box)
    assert bound.ComputeAlignedRange().GetMidpoint()[2] == pytest.approx(0.8, abs=0.04)
