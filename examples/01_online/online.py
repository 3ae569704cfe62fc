"""Your own frames in a loop, as from a live camera: objects appear, merge and split.

    python examples/01_online/online.py [CAPTURE]

Without a capture, a synthetic room takes the place of the camera. Replace `camera_frames` with
anything that yields `sw.Frame`, and `proposer` with anything that has `propose(frame) -> sw.MaskSet
| None`.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import scenewright as sw


def camera_frames(capture: Path | None) -> Iterator[sw.Frame]:
    """Builds frames from arrays, as a camera driver would."""
    for recorded in sw.film_room(seed=0) if capture is None else sw.open_capture(capture):
        yield sw.Frame(
            index=recorded.index,
            camera=recorded.camera,  # sw.Camera(K, width, height), K = (3, 3) intrinsics
            world_from_cam=recorded.world_from_cam,  # (4, 4), x right, y down, z forward
            image=recorded.image,  # (height, width, 3) uint8 RGB
            depth=recorded.depth,  # (height, width) float32 meters, 0 = no reading
        )


def events_of(update: sw.Update) -> list[str]:
    """Describes the changes made by one frame."""
    if update.dropped is not None:
        return [f"dropped: {update.dropped}"]
    return [
        *(f"new object {i}" for i in update.created),
        *(f"object {gone} merged into object {kept}" for kept, gone in update.merged),
        *(f"object {new} split off object {kept}" for kept, new in update.split),
        *(f"object {i} removed" for i in update.removed),
    ]


def main(frames: Iterable[sw.Frame]) -> sw.Scene:
    """Segments frames one by one and reports what changes."""
    proposer = sw.models.create("masks/depth-edges")
    segmenter = sw.OnlineSegmenter(sw.FusionConfig(voxel_size=0.03))
    for frame in frames:
        update = segmenter.update(frame, proposer.propose(frame))
        for event in events_of(update):
            sys.stdout.write(f"frame {frame.index:3d}: {event}\n")
    # The scene is available at any time, not only at the end.
    scene = segmenter.result()
    sys.stdout.write(f"{len(scene.instances)} objects at the end\n")
    return scene


if __name__ == "__main__":
    main(camera_frames(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
