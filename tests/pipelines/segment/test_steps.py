"""From frames to a scene: accuracy, what is dropped, and what cannot work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import (
    CaptureError,
    Frame,
    MaskSet,
    ShapeError,
    UnknownNameError,
    WeightsError,
)
from scenewright.fusion import FusionConfig, OnlineSegmenter, VoteConfig
from scenewright.models import MaskProposer, available
from scenewright.pipelines.evaluate.scenes import SceneTruth, evaluate
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.pipelines.segment.steps import SegmentResult, segment, segment_frames
from scenewright.pipelines.sources.captures import Frames, open_frames
from scenewright.worlds import SyntheticCapture, film_room


class TrueMasks:
    """Hands out the true masks of a room."""

    def __init__(self, room: SyntheticCapture, *, scale: int = 1) -> None:
        self.room = room
        self.scale = scale

    def propose(self, frame: Frame) -> MaskSet | None:
        index = int(frame.name)
        if index % 5 == 4:
            return MaskSet.empty(*frame.camera.size)
        return MaskSet.from_id_map(self.room.id_map(index)[:: self.scale, :: self.scale])


class ChangedRoom(SyntheticCapture):
    """A room some of whose frames are changed by the test."""

    def __init__(self, changes: dict[int, dict[str, object]], *, num_frames: int = 12) -> None:
        film = film_room(3, num_frames=num_frames, width=160, height=120)
        super().__init__(film.world, film.camera, world_from_cam=film.world_from_cam)
        self.changes = changes

    def frame(self, index: int) -> Frame:
        return replace(super().frame(index), **self.changes.get(index, {}))  # type: ignore[arg-type]


def run(
    frames: Frames,
    proposer: MaskProposer | None = None,
    *,
    stride: int = 1,
    settings: SegmentSettings | None = None,
) -> SegmentResult:
    """Segments frames and says how it went."""
    source = open_frames(frames, stride=stride)
    return segment_frames(source, settings or SegmentSettings(), proposer=proposer)


@pytest.fixture(scope="module")
def room() -> SyntheticCapture:
    return film_room(3, num_frames=24, width=160, height=120)


def test_true_masks_give_the_true_objects(room: SyntheticCapture) -> None:
    scene = segment(room, masks=TrueMasks(room))
    truth = SceneTruth(room.truth_points(), room.stuff_ids)
    result = evaluate(scene, truth)
    for name, ap in result.ap.items():
        assert ap.ap50 > 0.9, name
        assert ap.ap > 0.8, name
    assert result.quality.num_split == 0
    assert result.quality.num_merged == 0
    assert result.quality.mean_best_iou > 0.85
    assert result.covered_share > 0.99
    assert set(scene.assets) == set(scene.instances.id.tolist())


def test_a_list_of_frames_gives_the_same_scene(room: SyntheticCapture) -> None:
    listed = segment([room[i] for i in range(len(room))], masks=TrueMasks(room), stride=4)
    streamed = segment(room, masks=TrueMasks(room), stride=4)
    assert listed.points is not None and streamed.points is not None
    assert np.array_equal(listed.points.points, streamed.points.points)
    assert np.array_equal(listed.points.instance_id, streamed.points.instance_id)  # type: ignore[arg-type]
    assert streamed.up is room.up and listed.up is not None


def test_settings_are_taken_in_place_of_a_preset(room: SyntheticCapture) -> None:
    config = FusionConfig(voxel_size=0.06, method=VoteConfig(min_points=5))
    scene = segment(room, masks=TrueMasks(room), preset=config, stride=4)
    used = scene.provenance[-1].config
    assert used["voxel_size"] == 0.06 and used["method"]["min_points"] == 5
    assert len(scene.instances) > 5


def test_masks_from_depth_edges_find_most_objects(room: SyntheticCapture) -> None:
    scene = segment(room)
    result = evaluate(scene, SceneTruth(room.truth_points(), room.stuff_ids))
    assert result.ap["objects, own scores"].ap25 > 0.4


def test_same_input_same_scene(room: SyntheticCapture) -> None:
    first, second = (segment(room, masks=TrueMasks(room), stride=4) for _ in range(2))
    assert first.points is not None and second.points is not None
    assert first.points.points.tobytes() == second.points.points.tobytes()
    assert first.instances.id.tolist() == second.instances.id.tolist()


def test_frames_without_pose_or_depth_are_dropped_and_named() -> None:
    nothing = np.zeros((120, 160), np.float32)
    changes: dict[int, dict[str, object]] = {
        1: {"world_from_cam": None},
        3: {"depth": None},
        4: {"world_from_cam": None},
        7: {"depth": nothing},
    }
    room = ChangedRoom(changes)
    result = run(room, TrueMasks(room))
    dropped = {group.reason: group.frames for group in result.dropped}
    assert dropped["no valid pose"] == ("000001", "000004")
    assert sum(map(len, dropped.values())) == result.num_dropped == 4
    assert result.num_segmented == 8


def test_no_pose_at_all() -> None:
    room = ChangedRoom({i: {"world_from_cam": None} for i in range(12)})
    with pytest.raises(CaptureError, match="No frame") as caught:
        segment(room, masks=TrueMasks(room))
    assert caught.value.got == "12 with no valid pose"
    assert caught.value.do


def test_no_mask_at_all(room: SyntheticCapture) -> None:
    class Blind:
        def propose(self, frame: Frame) -> MaskSet | None:
            return MaskSet.empty(*frame.camera.size)

    with pytest.raises(CaptureError, match="No object was found") as caught:
        segment(room, masks=Blind(), stride=4)
    assert caught.value.got is not None and "0 masks in 6 frames" in caught.value.got


def test_frames_without_masks_are_counted(room: SyntheticCapture) -> None:
    class Gaps(TrueMasks):
        def propose(self, frame: Frame) -> MaskSet | None:
            return None if int(frame.name) % 6 == 3 else super().propose(frame)

    result = run(room, Gaps(room))
    # Empty in frames 4, 9, 14 and 19, unknown in 3, 9, 15 and 21.
    assert result.num_segmented == 20
    assert result.num_without_masks == 7
    assert result.num_dropped == 0


def test_events_of_the_whole_stream_are_counted(
    room: SyntheticCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = OnlineSegmenter.finish
    monkeypatch.setattr(
        OnlineSegmenter,
        "finish",
        lambda self: replace(
            finish(self), created=(1, 2), merged=((3, 4),), split=(), removed=(5,)
        ),
    )
    events = run(room, TrueMasks(room), stride=4).events
    segmenter = OnlineSegmenter(up=None)
    counts = dict.fromkeys(events, 0)
    for frame in list(room)[::4]:
        update = segmenter.update(frame, TrueMasks(room).propose(frame))
        for event in counts:
            counts[event] += len(getattr(update, event))
    assert list(events) == ["created", "merged", "split", "removed"]
    assert [events[event] - counts[event] for event in events] == [2, 1, 0, 1]


@pytest.mark.parametrize(("far_rows", "warns"), [(11, False), (14, True)])
def test_depth_beyond_the_limit_warns_from_a_tenth_on(far_rows: int, warns: bool) -> None:
    near = np.full((120, 160), 2.0, np.float32)
    near[:far_rows] = 8.0
    changed = ChangedRoom({i: {"depth": near} for i in range(12)})
    result = run(changed, TrueMasks(changed), settings=SegmentSettings(max_depth=5.0))
    assert [problem.code for problem in result.problems] == ["max-depth"] * warns
    for problem in result.problems:
        assert (problem.severity, problem.got) == ("warning", "12 %")
        assert "beyond 5 m" in problem.what and "--max-depth 10 " in problem.do
    assert result.depth_range is None and result.config.max_depth == 5.0
    assert not run(changed, TrueMasks(changed), settings=SegmentSettings(max_depth=9.0)).problems


def test_depth_out_of_reach_says_so() -> None:
    far = np.full((120, 160), 9.0, np.float32)
    room = ChangedRoom({i: {"depth": far} for i in range(12)})
    with pytest.raises(CaptureError, match="No object was found") as caught:
        segment(room, masks=TrueMasks(room), max_depth=5.0)
    assert caught.value.got is not None and "5 m" in caught.value.got


def test_maximum_depth_is_chosen_from_the_readings(room: SyntheticCapture) -> None:
    result = run(room, TrueMasks(room), stride=4)
    found = result.depth_range
    assert found is not None and found.cause == "all" and found.noise is not None
    farthest = max(float(room.view(i).depth.max()) for i in range(0, len(room), 4))
    assert farthest < found.max_depth < 15 and result.config.max_depth == found.max_depth
    assert result.scene.provenance[-1].config["max_depth"] == found.max_depth


def test_noisy_readings_are_not_used_and_a_warning_says_so() -> None:
    rng = np.random.default_rng(3)
    plain = ChangedRoom({})
    changes: dict[int, dict[str, object]] = {}
    for i in range(12):
        inverse = 1 / np.maximum(plain.view(i).depth, 0.1)
        noisy = 1 / (inverse + 0.03 * rng.standard_normal(inverse.shape)).clip(0.05)
        changes[i] = {"depth": noisy.astype(np.float32)}
    noisy_room = ChangedRoom(changes)
    result = run(noisy_room, TrueMasks(noisy_room))
    assert result.depth_range is not None and result.depth_range.cause == "noise"
    (problem,) = result.problems
    assert problem.code == "noisy-depth" and "--voxel-size 0.05" in problem.do
    asked = run(noisy_room, TrueMasks(noisy_room), settings=SegmentSettings(max_depth=9.0))
    assert asked.config.max_depth == 9.0 and not asked.problems


def test_constant_readings_of_an_outlook_are_no_surface() -> None:
    plain = ChangedRoom({})
    changes: dict[int, dict[str, object]] = {}
    for i in range(12):
        depth = plain.view(i).depth.copy()
        depth[:30] = 65.535
        changes[i] = {"depth": depth}
    outlook = ChangedRoom(changes)
    result = run(outlook, TrueMasks(outlook))
    assert result.depth_range is not None and not result.problems
    assert result.depth_range.clip == pytest.approx(65.535)
    assert result.scene.points is not None
    assert np.ptp(result.scene.points.points, axis=0).max() < 15


def test_an_outdoor_scan_makes_no_huge_map() -> None:
    rows = np.linspace(0.0, 1.0, 120)[:, None] + np.linspace(0.0, 0.1, 160)
    ground = (1 / (1 / 80 + rows * 0.2)).astype(np.float32)
    changes: dict[int, dict[str, object]] = {i: {"depth": ground} for i in range(12)}
    outdoors = ChangedRoom(changes)
    result = run(outdoors, TrueMasks(outdoors))
    assert result.config.max_depth == 15.0
    (problem,) = result.problems
    assert problem.code == "max-depth" and "the map would be too large" in problem.what


def test_a_single_frame(room: SyntheticCapture) -> None:
    result = run([room[0]], TrueMasks(room))
    assert (result.num_frames, result.num_segmented) == (1, 1)
    assert result.depth_range is not None and len(result.scene.instances) > 3


def test_masks_of_another_size(room: SyntheticCapture) -> None:
    with pytest.raises(ShapeError, match="masks of frame 000000"):
        segment(room, masks=TrueMasks(room, scale=2))


def test_unknown_masks_and_presets(room: SyntheticCapture) -> None:
    with pytest.raises(UnknownNameError, match="masks/depth-edges"):
        segment(room, masks="no-such-masks")
    with pytest.raises(UnknownNameError, match="default"):
        segment(room, preset="no-such-preset")


def test_masks_are_only_asked_for_where_they_are_used(room: SyntheticCapture) -> None:
    asked = []

    class Asked(TrueMasks):
        def propose(self, frame: Frame) -> MaskSet | None:
            asked.append(frame.name)
            return super().propose(frame)

    # Three keyframes are too few for the published rules to believe in any object.
    with pytest.raises(CaptureError, match="No object was found"):
        segment(room, masks=Asked(room), preset="onlineanyseg")
    assert asked == ["000000", "000010", "000020"]


def test_progress_warns_frame_by_frame(room: SyntheticCapture) -> None:
    seen: list[tuple[str, int, int, str]] = []
    segment(room, masks=TrueMasks(room), stride=4, progress=lambda *step: seen.append(step))
    assert seen == [("segment", i, 6, "frames") for i in range(7)]


def test_stages_are_timed(room: SyntheticCapture) -> None:
    stages = run(room, TrueMasks(room), stride=4).stages
    assert list(stages) == ["decode", "masks", "integrate", "lift", "associate", "merge", "result"]
    assert all(stage.count in (1, 6) and stage.seconds >= 0 for stage in stages.values())


def test_up_is_estimated_where_the_capture_does_not_say(capture: Path) -> None:
    (capture / "capture.json").rename(capture / "aside.json")
    try:
        result = run(capture, settings=SegmentSettings(masks=str(capture / "instance")))
    finally:
        (capture / "aside.json").rename(capture / "capture.json")
    assert result.up_source.startswith("estimated")
    assert result.scene.up is not None
    assert result.scene.up[2] > np.cos(np.deg2rad(3))


def test_masks_between_other_files_are_found_by_their_suffix(capture: Path, tmp_path: Path) -> None:
    for path in sorted((capture / "instance").glob("*.png")):
        (tmp_path / f"{path.stem}.segm.png").write_bytes(path.read_bytes())
    (tmp_path / "000000.depth.png").write_bytes(b"not a mask, and not to be opened")
    found = run(capture, settings=SegmentSettings(masks=str(tmp_path), mask_suffix=".segm"))
    same = run(capture, settings=SegmentSettings(masks=str(capture / "instance")))
    assert found.num_without_masks == 0
    assert found.scene.instances.id.tolist() == same.scene.instances.id.tolist()
    with pytest.raises(CaptureError, match=r"suffix='\.depth' or '\.segm' \(--mask-suffix\)\.$"):
        run(capture, settings=SegmentSettings(masks=str(tmp_path)))


def test_weights_and_device_go_to_the_backend(tmp_path: Path) -> None:
    capture = film_room(3, num_frames=2, width=160, height=120)
    missing = tmp_path / "none.safetensors"
    with pytest.raises(WeightsError, match=r"none\.safetensors"):
        run(capture, settings=SegmentSettings(masks="masks/tiny-rgbd", weights=f"file:{missing}"))
    with pytest.raises(UnknownNameError, match="Option 'device' of backend 'masks/depth-edges'"):
        run(capture, settings=SegmentSettings(masks="masks/depth-edges", device="cuda"))
    with pytest.raises(UnknownNameError) as caught:
        run(capture, settings=SegmentSettings(masks=str(tmp_path), weights="builtin:a"))
    assert str(caught.value) == (
        f"Option 'weights' with masks '{tmp_path}': expected a backend by name "
        f"({', '.join(available('masks/*'))}), got masks from files"
    )


def test_encoders_are_no_masks() -> None:
    capture = film_room(3, num_frames=2, width=160, height=120)
    with pytest.raises(UnknownNameError, match="Masks 'embed/clip': expected a backend"):
        run(capture, settings=SegmentSettings(masks="embed/clip"))
