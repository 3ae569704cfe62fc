"""Your own masks, from any object with a method `propose`.

    python examples/02_own_masks/own_masks.py [CAPTURE] [OUTPUT]

Without a capture, a synthetic room is used. The masks here are patches of similar color; use your
network instead. Masks that another program wrote to disk need no code: `sw.segment(capture,
masks="my-masks/")`.
"""

import sys
from pathlib import Path

import numpy as np
from scipy import ndimage

import scenewright as sw

LEVELS = 4
"""Number of levels per color channel; neighboring pixels of equal levels form a patch."""
MIN_AREA = 0.002
"""Minimum size of a mask, as a share of the image."""


class ColorPatches:
    """Finds connected patches of similar color."""

    def propose(self, frame: sw.Frame) -> sw.MaskSet | None:
        """The masks of a frame. None would mean "unknown", which differs from an empty set.

        Args:
            frame: A frame with an image.
        """
        if frame.image is None:
            return None
        steps = frame.image // (256 // LEVELS)
        codes = (steps[..., 0] * LEVELS + steps[..., 1]) * LEVELS + steps[..., 2]
        ids = np.zeros(codes.shape, np.int32)
        for code in np.unique(codes):
            patches, _ = ndimage.label(codes == code)
            ids = np.where(patches > 0, patches + ids.max(), ids)
        areas = np.bincount(ids.ravel())
        ids[areas[ids] < MIN_AREA * ids.size] = 0
        return sw.MaskSet.from_id_map(ids)


def main(capture: Path | None, output: Path) -> sw.Scene:
    """Segments a capture with color patches as masks."""
    frames = sw.film_room(seed=0) if capture is None else sw.open_capture(capture)
    scene = sw.segment(frames, masks=ColorPatches())
    sw.save(scene, output / "objects.glb", overwrite=True)
    sys.stdout.write(f"{len(scene.instances)} objects in {output / 'objects.glb'}\n")
    return scene


if __name__ == "__main__":
    paths = [Path(word) for word in sys.argv[1:]]
    main(paths[0] if paths else None, paths[1] if len(paths) > 1 else Path("out/own_masks"))
