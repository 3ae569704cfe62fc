"""Frame by frame, as a live camera would deliver them: objects appear, merge and split.

    python examples/01_online/online.py [CAPTURE]

Without a capture it uses a synthetic room. Replace the loop's source by anything that yields
`sw.Frame`, and `proposer` by anything that has `propose(frame) -> sw.MaskSet | None`.
"""

import sys
from pathlib import Path

import scenewright as sw


def events_of(update: sw.Update) -> list[str]:
    """What one frame changed, in words."""
    if update.dropped is not None:
        return [f"dropped: {update.dropped}"]
    return [
        *(f"new object {i}" for i in update.created),
        *(f"object {gone} turned out to be part of {stays}" for stays, gone in update.merged),
        *(f"object {new} left object {stays}" for stays, new in update.split),
        *(f"object {i} was nothing" for i in update.removed),
    ]


def main(frames: sw.FrameSource) -> sw.Scene:
    """Runs the segmenter over frames and tells what happens."""
    proposer = sw.models.create("masks/depth-edges")
    segmenter = sw.OnlineSegmenter(sw.FusionConfig(voxel_size=0.03))
    for frame in frames:
        update = segmenter.update(frame, proposer.propose(frame))
        for event in events_of(update):
            sys.stdout.write(f"frame {frame.index:3d}: {event}\n")
    # The scene can be asked for at any time, not only at the end.
    scene = segmenter.result()
    sys.stdout.write(f"{len(scene.instances)} objects at the end\n")
    return scene


if __name__ == "__main__":
    main(sw.open_capture(Path(sys.argv[1])) if len(sys.argv) > 1 else sw.film_room(seed=0))
