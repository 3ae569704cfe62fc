"""COLMAP: images, and a sparse model with their cameras and poses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scenewright.core import CaptureError, FormatError, ScenewrightError
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.file_readers import (
    COLMAP_DEPTH,
    DEPTH_SUFFIXES,
    IMAGE_SUFFIXES,
    natural_key,
    path_inside,
)
from scenewright.data.layouts.base import Layout, frame_names
from scenewright.data.pose_encodings import PoseEncoding
from scenewright.data.problems import Problem, list_some
from scenewright.data.recording import FrameEntry, Recording
from scenewright.geometry.distortion import Lens
from scenewright.io.colmap import (
    PANORAMA,
    ColmapCamera,
    ColmapImage,
    colmap_suffix,
    read_colmap_cameras,
    read_colmap_images,
)

_MODELS = (
    "sparse/0", "sparse", "colmap/sparse/0", "colmap/sparse", "colmap_text", "colmap", ".",
)  # fmt: skip
_UNDISTORTED = ("dense/0", "dense")
"""Folders of undistorted images with their model, used if there is no model beside them."""
_IMAGES = ("images", "image", "rgb", "input", "images_2", "images_4", "images_8", ".")
_TRAINING = "images_train"
"""Folder of the images that are not kept for tests, as LERF-Mask is published."""
_DEPTHS = ("depths", "depth")
_STEREO = "stereo/depth_maps"
_FROM_STEREO = f"depth from {_STEREO}"
_RELATIVE_DEPTH = "depth_params.json"
"""Present in the model folder if depths/ contains relative depth predicted by a network."""


@dataclass(frozen=True, eq=False)
class _ImageFiles:
    """The image files of a capture."""

    folder: Path
    by_stem: Mapping[str, Path]

    def find(self, name: str, *, source: Path) -> Path | None:
        """The image of this name, also with another suffix."""
        exact = path_inside(self.folder, name, source=source)
        if exact.suffix.lower() in IMAGE_SUFFIXES and exact.is_file():
            return exact
        return self.by_stem.get(_stem(name))


def _stem(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).with_suffix("").as_posix()


def _models(root: Path) -> list[Path]:
    """The folders of models, the one to use first: the largest of those that COLMAP numbered."""
    numbered = [
        path
        for parent in (root / "sparse", root / "colmap" / "sparse")
        if parent.is_dir()
        for path in sorted(parent.iterdir(), key=lambda path: natural_key(path.name))
        if path.name.isdecimal() and colmap_suffix(path)
    ]
    if numbered:
        return sorted(numbered, key=_size_of_model, reverse=True)
    return [root / name for name in _MODELS if colmap_suffix(root / name)][:1]


def _size_of_model(folder: Path) -> int:
    """Size of the list of images, which grows with their number, bytes."""
    return (folder / f"images{colmap_suffix(folder)}").stat().st_size


def _find(folder: Path) -> Path | None:
    for root in (folder, *(folder / name for name in _UNDISTORTED)):
        if root.is_dir() and _models(root):
            return root
    return None


def _other_models(root: Path, models: list[Path]) -> list[Problem]:
    """A warning if COLMAP made several models, of which only one is used."""
    if len(models) < 2:
        return []
    counts = {m: len(read_colmap_images(m / f"images{colmap_suffix(m)}")) for m in models}
    used, *others = models
    listed = ", ".join(f"{m.relative_to(root)} ({counts[m]} images)" for m in others)
    return [
        Problem(
            "warning",
            "several-models",
            f"COLMAP made {len(models)} models that are not connected; only the largest is used",
            "one model",
            f"{used.relative_to(root)} ({counts[used]} images) is used, not {listed}",
            "Ignore this if the others are small; otherwise run COLMAP again with more overlap.",
        )
    ]


def _list_images(folder: Path, *, suffixes: Iterable[str]) -> dict[str, Path]:
    """The files of a folder and its subfolders, by path without suffix."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in suffixes and path.name[0] != ".":
            found.setdefault(_stem(path.relative_to(folder).as_posix()), path)
    return found


def _find_images(root: Path, images: tuple[ColmapImage, ...], *, source: Path) -> _ImageFiles:
    """The first folder that contains an image of the model."""
    for name in _IMAGES:
        folder = root / name
        # The folder of the model contains other images too, so only exact names count there.
        listed = {} if name == "." else _list_images(folder, suffixes=IMAGE_SUFFIXES)
        files = _ImageFiles(folder, listed)
        if any(files.find(image.name, source=source) for image in images):
            return files
    inside = [path.name for path in sorted((root / _IMAGES[0]).glob("*"))]
    found = list_some(inside) if inside else f"no images in {root / _IMAGES[0]}"
    raise CaptureError(
        f"None of the {len(images)} images of the model was found",
        expected=f"{list_some([image.name for image in images], limit=3)} in {root / _IMAGES[0]}",
        got=found,
        do="Put the input images of COLMAP into images/ under the same names.",
    )


def _image_notes(folder: Path, root: Path) -> tuple[str, ...]:
    """A note if the images are smaller copies."""
    name = folder.relative_to(root).as_posix()
    return (f"images from {name}/, since there is no {_IMAGES[0]}/",) if "_" in name else ()


def _read_model(model: Path) -> tuple[dict[int, ColmapCamera], tuple[ColmapImage, ...]]:
    suffix = colmap_suffix(model)
    try:
        cameras = read_colmap_cameras(model / f"cameras{suffix}")
        images = read_colmap_images(model / f"images{suffix}")
    except FormatError as error:
        raise CaptureError(
            error.what, expected=error.expected, got=error.got, do=error.do
        ) from error
    if not images:
        raise CaptureError(
            f"{model / f'images{suffix}'} lists no images",
            expected="images with poses",
            do="Run COLMAP again; it could not register any image.",
        )
    lost = [image for image in images if image.camera_id not in cameras]
    if lost:
        raise CaptureError(
            f"{model / f'images{suffix}'}: the camera of {lost[0].name} is missing",
            expected=f"one of the {len(cameras)} cameras in cameras{suffix}",
            got=f"camera id {lost[0].camera_id}",
            do="Copy or export the model again.",
        )
    return cameras, images


def _intrinsics(camera: ColmapCamera, *, source: Path) -> Intrinsics:
    if camera.model == PANORAMA:
        raise CaptureError(
            f"{source}: camera {camera.camera_id} is a panorama",
            expected="a perspective or fisheye camera",
            got=camera.model,
            do="Split the panoramas into perspective images first.",
        )
    size = (camera.width, camera.height)
    try:
        lens = Lens.from_params(camera.model, camera.params, width=size[0], height=size[1])
        K = lens.pinhole.K
    except ScenewrightError as error:
        raise CaptureError(f"{source}: camera {camera.camera_id} is not usable: {error}") from error
    return Intrinsics(
        K, size=size, pixel_center="half", model=lens.model, coefficients=lens.coefficients
    )


def _find_depths(root: Path, model: Path) -> tuple[dict[str, Path], str]:
    """Depth images by path without suffix, and a note on them."""
    folder = next((root / name for name in _DEPTHS if (root / name).is_dir()), None)
    if folder is None and (root / _STEREO).is_dir():
        maps = {
            _stem(path.relative_to(root / _STEREO).as_posix().removesuffix(COLMAP_DEPTH)): path
            for path in sorted((root / _STEREO).rglob(f"*{COLMAP_DEPTH}"))
        }
        return maps, f"{_FROM_STEREO}/, in the unit of the model"
    if folder is None:
        return {}, "no folder depths/: color only"
    if (model / _RELATIVE_DEPTH).is_file():
        return {}, f"{folder.name}/ contains relative depth ({_RELATIVE_DEPTH}) and is not used"
    return _list_images(folder, suffixes=DEPTH_SUFFIXES), f"depth from {folder.name}/"


def _problems(
    images: tuple[ColmapImage, ...],
    found: Mapping[str, Path],
    files: _ImageFiles,
    *,
    without_depth: tuple[str, ...],
) -> list[Problem]:
    problems = []
    missing = tuple(image.name for image in images if image.name not in found)
    if missing:
        problems.append(
            Problem(
                "warning",
                "missing-color",
                f"{len(missing)} images of the model have no file and are not used",
                f"a file in {files.folder} for each",
                f"none for {list_some(missing)}",
                "Restore these files, or ignore them.",
                missing,
            )
        )
    known = set(found.values())
    extra = tuple(name for name, path in files.by_stem.items() if path not in known)
    if extra:
        problems.append(
            Problem(
                "warning",
                "unplaced-color",
                f"{len(extra)} image files have no pose in the model and are not used",
                "a pose for each",
                f"none for {list_some(extra)}",
                "Ignore this if they are few; otherwise run COLMAP again with more overlap.",
                extra,
            )
        )
    if without_depth and len(without_depth) < len(found):
        problems.append(
            Problem(
                "warning",
                "missing-depth",
                f"{len(without_depth)} frames have no depth image",
                "a depth image for each",
                f"none for {list_some(without_depth)}",
                "Export depth for all frames, or remove these.",
                without_depth,
            )
        )
    return problems


def _test_frames(root: Path, entries: tuple[FrameEntry, ...]) -> frozenset[str]:
    """The frames that are not among the training images, if there is a folder of those."""
    if not (root / _TRAINING).is_dir():
        return frozenset()
    learned = _list_images(root / _TRAINING, suffixes=IMAGE_SUFFIXES).keys()
    names = frozenset(e.name for e in entries if e.image and e.image.stem not in learned)
    return names if len(names) < len(entries) else frozenset()


def _read(root: Path) -> Recording:
    models = _models(root)
    model = models[0]
    suffix = colmap_suffix(model)
    cameras, images = _read_model(model)
    images = tuple(sorted(images, key=lambda image: natural_key(image.name)))
    source = model / f"images{suffix}"
    files = _find_images(root, images, source=source)
    paths = {image.name: files.find(image.name, source=source) for image in images}
    found = {name: path for name, path in paths.items() if path is not None}
    kept = tuple(image for image in images if image.name in found)
    depths, depth_note = _find_depths(root, model)
    used = {image.camera_id for image in kept}
    lenses = {i: _intrinsics(cameras[i], source=model / f"cameras{suffix}") for i in sorted(used)}
    entries = tuple(
        FrameEntry(
            name,
            found[image.name],
            depths.get(_stem(image.name)),
            image.cam_from_world,
            intrinsics=lenses[image.camera_id] if len(lenses) > 1 else None,
        )
        for name, image in zip(frame_names([i.name for i in kept]), kept, strict=True)
    )
    points = model / f"points3D{suffix}"
    return Recording(
        layout="colmap",
        root=root,
        entries=entries,
        intrinsics=lenses[kept[0].camera_id],
        depth=DepthEncoding(scale=1.0) if depth_note.startswith(_FROM_STEREO) else DepthEncoding(),
        pose=PoseEncoding(direction="cam_from_world"),
        points=points if points.is_file() else None,
        is_metric=False,
        test_frames=_test_frames(root, entries),
        notes=(
            f"{len(images)} images and {len(lenses)} cameras from {source.relative_to(root)}",
            *_image_notes(files.folder, root),
            "lengths in the arbitrary unit of the model",
            depth_note,
        ),
        problems=(
            *_other_models(root, models),
            *_problems(
                images, found, files, without_depth=tuple(e.name for e in entries if not e.depth)
            ),
        ),
    )


LAYOUT = Layout(
    name="colmap",
    summary="images with a COLMAP model",
    marks="cameras.bin|txt and images.bin|txt in sparse/0/, in sparse/ or next to the images",
    find=_find,
    read=_read,
)
