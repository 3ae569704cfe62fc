"""Generated scenes against true ones, under several alignments."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, Mesh
from scenewright.metrics.shapes.scene_shapes import (
    ObjectScene,
    SceneComparison,
    SceneProtocol,
    compare_scenes,
)
from tests.builders import turn
from tests.metrics.shapes.shape_builders import box_mesh, moved, placement, room_meshes

FEW = SceneProtocol(("none", "icp-yaw"), (256, 512), "size")
UNALIGNED = SceneProtocol(alignments=("none",), point_counts=(256,))
TURNED = placement(turn(2.0), scale=0.4, offset=(1, 1, 1))
EMPTY = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))


@pytest.fixture(scope="module")
def turned() -> SceneComparison:
    """The true scene, turned and scaled as a whole."""
    meshes = {number: moved(mesh, TURNED) for number, mesh in room_meshes().items()}
    steps: list[tuple[str, int, int, str]] = []
    result = compare_scenes(
        ObjectScene(meshes),
        ObjectScene(room_meshes()),
        seed=0,
        protocol=FEW,
        progress=lambda *step: steps.append(step),
    )
    assert steps == [("align", step, 2, "alignments") for step in (1, 2)]
    return result


def test_many_starts_recover_a_turned_scene(turned: SceneComparison) -> None:
    assert list(turned.scores) == ["none", "icp-yaw"]
    for count in (256, 512):
        scores = turned.scores["icp-yaw"][count]
        assert scores.scene is not None and scores.scene.chamfer < 0.01
        assert scores.scene.f_score[0.1] > 0.9
        assert min(scores.box_iou) > 0.7
        assert all(one is not None for one in scores.objects["isotropic"])
    none = turned.scores["none"][256]
    assert none.scene is not None and none.scene.chamfer > 0.05


def test_layout_errors_after_alignment(turned: SceneComparison) -> None:
    for error in turned.placements["icp-yaw"].values():
        assert error.center < 0.02
        assert abs(error.log_scale) < 0.1
    assert max(error.center for error in turned.placements["none"].values()) > 0.1


def test_the_placement_of_the_scene_has_its_scale(turned: SceneComparison) -> None:
    scale = np.cbrt(np.linalg.det(turned.truth_from_scene[:3, :3]))
    assert scale == pytest.approx(2.5, rel=1e-4)
    assert turned.alignments["none"].tolist() == np.eye(4).tolist()


def test_failures_and_additional_objects_are_counted() -> None:
    truth = ObjectScene(room_meshes())
    meshes = {**room_meshes(), 50: box_mesh((3, 3, 0), (0.2, 0.2, 0.2)), 6: EMPTY}
    del meshes[9]
    result = compare_scenes(ObjectScene(meshes), truth, seed=0, protocol=UNALIGNED)
    assert result.failures == {6: "predicted without any surface", 9: "not predicted"}
    assert result.extra_ids == (50,)
    scores = result.scores["none"][256]
    assert scores.num_failed == 2
    assert scores.box_iou[2:] == (0, 0)
    assert set(result.placements["none"]) == {3, 5}
    assert set(result.contacts.floating) == {3, 5, 50}


def test_a_scene_without_any_object_fails_as_a_whole() -> None:
    result = compare_scenes(ObjectScene({}), ObjectScene(room_meshes()), seed=0, protocol=UNALIGNED)
    assert result.scores["none"][256].scene is None
    assert len(result.failures) == 4


def test_scaling_by_the_truth_sees_a_wrong_scale() -> None:
    truth = ObjectScene(room_meshes())
    large = ObjectScene(
        {n: moved(mesh, placement(np.eye(3), scale=1.5)) for n, mesh in room_meshes().items()}
    )
    for scaling, expected in (("each", 0.0), ("size", 0.0), ("truth", np.log(1.5))):
        protocol = SceneProtocol(("none",), (256,), scaling)
        found = compare_scenes(large, truth, seed=0, protocol=protocol).placements["none"]
        assert found[3].log_scale == pytest.approx(expected, abs=0.05)


def test_equal_scenes_get_different_samples() -> None:
    truth = ObjectScene(room_meshes())
    scores = compare_scenes(truth, truth, seed=0, protocol=UNALIGNED).scores["none"][256]
    assert scores.scene is not None and 0 < scores.scene.chamfer < 0.01


def test_bad_input() -> None:
    truth = ObjectScene(room_meshes())
    with pytest.raises(ConventionError, match="true scene: expected at least one object, got none"):
        compare_scenes(truth, ObjectScene({}), seed=0)
    with pytest.raises(ConventionError, match="true object 3: expected triangles with an area"):
        compare_scenes(truth, ObjectScene({**room_meshes(), 3: EMPTY}), seed=0, protocol=UNALIGNED)
    with pytest.raises(ConventionError, match="expected names of none, icp, icp-yaw, robust"):
        SceneProtocol(alignments=("filterreg",))
    with pytest.raises(
        ConventionError, match="scaling: expected one of each, size, truth, got none"
    ):
        SceneProtocol(scaling="none")
    with pytest.raises(ConventionError, match="point_counts: expected numbers, 1 or more"):
        SceneProtocol(point_counts=(0,))
    with pytest.raises(ConventionError, match="up: expected a unit vector"):
        ObjectScene({}, up=np.array([0, 0, 2.0]))
