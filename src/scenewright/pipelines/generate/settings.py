"""The inputs and settings of ``scenewright generate``."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Count, Name, Option, Settings, Threads

DEFAULT_MODEL = "generate/tiny"
REGION_GROWING = "prompt/region-growing"
Reference = Annotated[str | None, Option(metavar="REFERENCE")]


@dataclass(frozen=True, kw_only=True)
class GenerateInputs:
    """Generates the objects of a picture in 3D, and writes a run folder.

    The objects are given by masks, by boxes, or by a mask backend. The run folder holds the scene,
    a mesh per object (objects.glb), the Gaussians (gaussians.ply), the masks that were used
    (masks.png), a page that shows the scene (view.html), and pictures: the input beside the result
    (compared.png), the result from above (above.png) and from all around (turntable.gif).

    The default model is small and part of Scenewright; the others need published weights, and the
    docs say which.

    Examples: `scenewright generate room.jpg --masks room-ids.png -o my-room/`,
    `scenewright generate desk.jpg --boxes 40,60,200,220 210,50,330,240 -o my-desk/`
    """

    images: Annotated[tuple[Path, ...], Option(metavar="IMAGE [IMAGE ...]", positional=True)]
    """Picture of the scene, or a folder with scene.jpg; several show the same objects."""
    depth: Annotated[Path | None, Option(metavar="FILE")] = None
    """Depth of the first picture: 16-bit PNG, or .npy (floats in meters, integers as in a PNG)."""


@dataclass(frozen=True, kw_only=True)
class GenerateSettings(Settings):
    """Settings of ``generate``."""

    masks: Annotated[tuple[str, ...], Option(metavar="FILE|FOLDER|NAME")] = ()
    """Masks of each picture: a label image, a folder (NAME.png per picture, or k_mask.png per
    object), or a mask backend (see 'scenewright models list')."""
    boxes: Annotated[tuple[str, ...], Option(metavar="X0,Y0,X1,Y1")] = ()
    """Boxes around the objects of a single picture, pixels."""
    segmenter: Annotated[str, Option(metavar="NAME")] = REGION_GROWING
    """Backend that finds the object in each box, such as masks/sam2."""
    segmenter_weights: Reference = None
    """Weights of the backend of masks or boxes; default: from the backend."""
    model: Annotated[str, Option(metavar="NAME")] = DEFAULT_MODEL
    """Generator: generate/tiny, sceneflow/iscene, sceneflow/scenegen or sceneflow/trellis."""
    weights: Reference = None
    """Weights of the generator: file:FOLDER or hub:ORG/REPO; default: from the generator."""
    encoder_weights: Reference = None
    """Weights of the image encoder (DINOv2 with registers) of scenegen and trellis."""
    geometry_weights: Reference = None
    """Weights of VGGT, for scenegen."""
    base_weights: Reference = None
    """Weights of TRELLIS, for iscene."""
    allow_pickles: bool = False
    """Read weights in files of PyTorch (.pt), with weights_only; only if you trust their source."""
    steps: Count = None
    """Steps of each sampler; default: as published (25); 1 in tiny."""
    guidance: Annotated[float | None, Option(metavar="W")] = None
    """Strength of guidance; default: as published (3 in iscene, 5 in the others); 0 in tiny."""
    seed: Annotated[int, Option(metavar="N")] = 0
    """Random seed; the same seed gives the same scene on a CPU."""
    candidates: Annotated[int, Option(metavar="K")] = 1
    """Sample the scene K times, from --seed on, and keep the sample that agrees best with the
    masks, and with the depth if it is given. generate/tiny needs --steps for it."""
    order: Annotated[str, Option(metavar="WORD")] = "largest"
    """The object to which the poses of scenegen refer: largest, smallest (mask), or given (first
    label)."""
    max_objects: Annotated[int, Option(metavar="N")] = 16
    """Refuse more objects than this."""
    keep_faces: Annotated[float, Option(metavar="SHARE")] = 0.05
    """Share of the faces of each decoded surface to keep, 0.001 to 1; 0.05 as published."""
    coloring: Annotated[str, Option(metavar="WORD")] = "texture"
    """Colors of the meshes: texture, vertices, or auto (vertices where these are enough)."""
    texture_size: Annotated[int, Option(metavar="N")] = 1024
    """Side of the texture of each object, pixels."""
    fov: Annotated[float, Option(metavar="DEGREES")] = 60.0
    """Horizontal field of view of the camera; places the objects with depth, and draws them."""
    depth_scale: Annotated[float, Option(metavar="N")] = 1000.0
    """Stored units per meter of depth in integers."""
    low_memory: Annotated[bool, Option(incidental=True)] = False
    """Load the networks one after the other and sample objects one by one: less memory, more time.
    Sums are rounded in another order, so the result differs in its last digits."""
    device: Annotated[str | None, Option(metavar="NAME", incidental=True)] = None
    """Device of the networks, such as cuda; default: CPU."""
    dtype: Name = None
    """Type of the networks' numbers: float32, bfloat16 or float16; default: float32 on a CPU."""
    threads: Threads = None
    """CPU cores to use; default: all."""

    def resolved(self) -> GenerateSettings:
        """The same settings with absolute paths of masks."""
        return replace(
            self,
            masks=tuple(os.path.abspath(m) if os.path.exists(m) else m for m in self.masks),
        )
