"""What a file is that was given instead of the folder of a capture, and what to do with it."""

from __future__ import annotations

from pathlib import Path

_OTHER = ("a file", "Give the folder that holds it.")
_ARCHIVE = ("an archive", "Unpack it first, and give the folder.")
_VIDEO = (
    "a video",
    "Extract its images (ffmpeg -i VIDEO images/%06d.jpg), estimate the poses with COLMAP, and "
    "give the folder with images/ and sparse/.",
)
_SCENE = ("a 3D file, not a capture", "Use 'scenewright info' or 'scenewright convert' for it.")
_KINDS = {
    **dict.fromkeys((".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz"), _ARCHIVE),
    **dict.fromkeys((".mp4", ".mov", ".avi", ".mkv", ".webm"), _VIDEO),
    **dict.fromkeys((".ply", ".glb", ".obj", ".splat", ".spz"), _SCENE),
    ".r3d": (
        "a recording of Record3D",
        "It is a ZIP archive: unpack it (unzip FILE -d FOLDER), and give the folder. Its depth "
        'needs the extra record3d: pip install ".[record3d]".',
    ),
    ".sens": (
        "a stream of ScanNet",
        "Export it with SensReader of ScanNet (reader.py --export_depth_images "
        "--export_color_images --export_poses --export_intrinsics), and give the folder.",
    ),
    ".bag": (
        "a recording of ROS or RealSense",
        "Export images, depth and poses from it, for example with rs-convert or rtabmap-export.",
    ),
    ".db": (
        "a database of RTAB-Map",
        "Export it: rtabmap-export --images --poses_camera --poses_format 11.",
    ),
}


_FILES = {
    "poses_bounds.npy": (
        "poses of LLFF",
        "Convert them to transforms.json (nerfstudio, instant-ngp) or give the COLMAP model that "
        "they were made from.",
    ),
    **dict.fromkeys(
        ("cameras_sphere.npz", "cameras.npz", "cameras_large.npz"),
        (
            "cameras of IDR or NeuS",
            "Convert them: world_mat @ scale_mat is K times the inverse pose. Write pose/NAME.txt "
            "and intrinsics.txt.",
        ),
    ),
}
"""Files of other programs that describe a capture, by name."""


def what_folder_holds(folder: Path) -> tuple[str, str] | None:
    """A file in a folder that is known but not read, and what to do with it, or None.

    Args:
        folder: A folder that is no capture.
    """
    for path in sorted(folder.iterdir()):
        found = _FILES.get(path.name) or _KINDS.get(path.suffix.lower())
        if found is not None and found != _SCENE and path.is_file():
            return f"{path.name}, {found[0]}", found[1]
    return None


def what_file_is(path: Path) -> tuple[str, str]:
    """What a file is by its suffix, and what to do with it, for an error.

    Args:
        path: The file.
    """
    return _KINDS.get(path.suffix.lower(), _OTHER)
