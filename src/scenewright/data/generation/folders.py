"""Names of the files and folders of generation data."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import UnknownNameError

SPLITS = ("train", "test")
RESOLUTION = 64
"""Voxels along each edge of the cube of an object."""
CUTOUT_SIZE = 518
"""Side of the pictures of single objects, pixels."""
LATENTS = "ss_enc_conv3d_16l8_fp16"
"""Name of the published encoder of occupancy grids, and so of the folder of its latents."""
OBJECT_TABLE = "metadata.csv"
PARTS = "parts"
"""Folder of records, one JSON file per completed world or scene, from which tables are made."""


OUTPUTS = frozenset(
    [OBJECT_TABLE, "raw", "ss_latents", "voxels"]
    + [
        name + suffix + ending
        for name, ending in (
            ("masked_images", ""), ("metadata_scene", ".csv"), (PARTS, ""), ("vggt_features", ""),
        )
        for suffix in ("", "_test")
    ]
    + [f"scene_{split}{ending}" for split in SPLITS for ending in ("", "_render")]
)  # fmt: skip
"""Names of everything in a folder of generation data."""


def check_split(split: str) -> None:
    """Raises unless the name of the split is known.

    Raises:
        UnknownNameError: There is no such split.
    """
    if split not in SPLITS:
        raise UnknownNameError(
            f"There is no split '{split}'", expected=f"one of {', '.join(SPLITS)}"
        )


def of_split(name: str, split: str) -> str:
    """The name of a folder or table in a split: ``masked_images`` or ``masked_images_test``."""
    return name if split == "train" else f"{name}_{split}"


def scene_table(root: Path, split: str) -> Path:
    """The table of the objects of all scenes."""
    return root / f"{of_split('metadata_scene', split)}.csv"


def images_folder(split: str, scene_id: str) -> str:
    """Folder of the images of a scene, relative to the root."""
    return f"{of_split('masked_images', split)}/{scene_id}"


def features_file(split: str, scene_id: str) -> str:
    """File of the features of a scene image, relative to the root."""
    return f"{of_split('vggt_features', split)}/{scene_id}.npz"


def voxels_file(sha256: str) -> str:
    """File of the occupied voxels of an object, relative to the root."""
    return f"voxels/{sha256}.ply"


def latent_file(sha256: str, latents: str = LATENTS) -> str:
    """File of the latent of an object, relative to the root."""
    return f"ss_latents/{latents}/{sha256}.npz"


def encoder_names(root: Path) -> list[str]:
    """Names of the encoders of latents: the published one first, and those there are folders of."""
    folder = root / "ss_latents"
    found = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
    return [LATENTS, *sorted(found - {LATENTS})]


def truth_mesh(split: str, scene_id: str) -> str:
    """File of a whole scene as meshes, relative to the root."""
    return f"scene_{split}/{scene_id}.glb"


def truth_render(split: str, scene_id: str) -> str:
    """File of a render of the objects of a scene alone, relative to the root."""
    return f"scene_{split}_render/{scene_id}.png"


def render_settings(split: str) -> str:
    """File of the cameras of the renders of all scenes, relative to the root."""
    return f"scene_{split}_render/render_cfg.json"
