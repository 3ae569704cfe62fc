"""The backend ``masks/folder``: masks of a capture that another program wrote."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, FormatError, Frame, MaskSet
from scenewright.io.jsonio import read_json
from scenewright.models.classical.coco import masks_from_annotations, runs_of
from scenewright.models.classical.coco_files import (
    Annotations,
    is_coco_of_capture,
    read_annotations,
    read_coco_of_capture,
)
from scenewright.models.classical.id_map_files import (
    EMBEDDING_SUFFIXES,
    ID_SUFFIXES,
    read_embeddings,
    read_stored_masks,
    refuse_pickle,
)
from scenewright.models.classical.mask_fitting import fit_to_frame, has_shape_of, wrong_size
from scenewright.models.classical.mask_matching import FileNames, examples
from scenewright.models.classical.mask_names import NAME_FILES, MaskNames, read_names
from scenewright.models.classical.mask_subfolders import (
    LabeledFile,
    files_by_stem,
    files_of_subfolders,
)
from scenewright.models.classical.mask_values import ValueRule, find_value_rule
from scenewright.models.mask_tools import join_masks

_LOGGER = logging.getLogger("scenewright.models")
_NUM_EXAMPLES = 3
_MAP_FOLDERS = ("mask", "mask_data", "annotations", "id_maps", "object_mask")
"""Folders of id maps beside other files: of OnlineAnySeg, Grounded SAM 2, DEVA and DAVIS,
Scenewright, and LERF-Mask; in small or capital letters."""
_LABEL_FOLDERS = ("mask_labels", "json_data")
"""Folders with the labels of each frame: of Scenewright and of Grounded SAM 2."""

_UNREAD = {
    ".jpg": "JPEG changes ids: save the masks as PNG.",
    ".jpeg": "JPEG changes ids: save the masks as PNG.",
    ".pt": "Save the tensors as .npy: numpy.save(path, masks.cpu().numpy()).",
    ".pth": "Save the tensors as .npy: numpy.save(path, masks.cpu().numpy()).",
    ".pkl": "Pickles can run programs and are not read: save the masks as .npy or PNG.",
}
"""What to do about files that are not read, by suffix."""


class MaskFolder:
    """Reads precomputed masks, one frame at a time.

    The layout is detected from the contents of `folder`:

    - ``mask/`` with an id map per frame and, beside it, ``mask_embeddings/``; id maps in folders
      that other programs name otherwise (``mask_data/``, ``Annotations/``) are found as well;
    - an id map per frame (.png of 8 or 16 bits, .npy or .npz), or an array of separate masks per
      frame, (N, H, W) booleans (.npy, .npz);
    - a COCO JSON file per frame: a list of annotations, or an object with ``annotations``;
    - one COCO JSON file for all frames, with ``images`` (`folder` may be that file);
    - a folder per category (``chair/``, ``table/``) with an id map per frame in each;
    - a folder per object (``1/``, ``chair_2/``) with a mask per frame in each; the numbers are ids;
    - a folder per frame with a picture per mask (``3.png``, or with a label ``chair_3.png``), and
      perhaps the ``metadata.csv`` of Segment Anything with their scores.

    Labels come from the annotations, from the names of folders and pictures, from ``labels.json``
    or ``categories.json`` beside the masks (ids of all frames), or from ``mask_labels/`` or
    ``json_data/`` (a file per frame); see `read_names`.

    A file belongs to the frame whose name is its stem without `suffix`, or else to the frame with
    the same number at the end; see `FileNames`. Masks of another size are fitted to the frame, and
    undistorted if the frame was; see `fit_to_frame`. Which values mean "no mask" is found out; see
    `find_value_rule`.

    Args:
        folder: The folder, or the JSON file.
        suffix: Part of a file name between the frame's name and the file type, such as ``".segm"``.
        frame_names: Names of the capture's frames. If given, a folder that has no file for any of
            them is refused at once instead of being read as "no masks anywhere".
        use_embeddings: Whether to read embeddings if there are any. A frame with masks but
            without embeddings is then left out, as in the programs that write this layout.
        allow_torch_load: Whether to read ``.pt`` embeddings, which are pickles, with torch's
            restricted loader (needs the extra ``torch``).
        undistort: False if the masks were made on undistorted images, not on those of the capture.

    Attributes:
        match_rule: How files were matched to frames, "equal name" or "equal number".
        warnings: What may be wrong with the masks, one sentence each.

    Raises:
        CaptureError: The folder is missing, contains no masks, or matches none of the frames.
        FormatError: The JSON file is not COCO, there are two files for one frame, or the file of
            labels cannot be read.
        WeightsError: There are ``.pt`` embeddings and `allow_torch_load` is not set.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        suffix: str = "",
        frame_names: Sequence[str] | None = None,
        use_embeddings: bool = True,
        allow_torch_load: bool = False,
        undistort: bool = True,
    ) -> None:
        self._root = Path(folder)
        self._undistort = undistort
        self._allow_torch_load = allow_torch_load
        self._embeddings: dict[str, Path] | None = None
        if not self._root.exists():
            raise CaptureError(
                f"Mask folder {self._root}", expected="a folder or a JSON file", got="no such path"
            )
        self._names = MaskNames()
        self._frame_names: dict[str, Path] = {}
        self._sources: dict[str, Path | Annotations | list[LabeledFile]] = {}
        if self._root.is_file():
            self._sources.update(read_coco_of_capture(self._root))
        else:
            self._open_folder(suffix, use_embeddings, frame_names or ())
        self._files = FileNames(self._sources, self._root)
        self.match_rule, self.warnings = "not checked", list[str]()
        if frame_names is not None:
            self.match_rule, self.warnings = self._files.check(frame_names)
        id_maps = [
            source
            for source in self._sources.values()
            if isinstance(source, Path) and source.suffix.lower() in ID_SUFFIXES
        ]
        self._rule, sentence = find_value_rule(id_maps) if id_maps else (ValueRule(), "")
        self.warnings += [sentence] if sentence else []
        for warning in self.warnings:
            _LOGGER.info("%s", warning)

    def propose(self, frame: Frame) -> MaskSet | None:
        """Reads the masks of one frame; None if there is no file for it.

        Raises:
            ShapeError: The masks do not have the shape of the frame.
            FormatError: The file cannot be read.
        """
        key = self._files.find(frame.name)
        if key is None:
            return None
        source = self._sources[key]
        if isinstance(source, list):
            return self._read_labeled_files(source, frame)
        if isinstance(source, Path) and source.suffix.lower() in ID_SUFFIXES:
            return self._read_ids(source, key, frame)
        found = read_annotations(source) if isinstance(source, Path) else source
        return masks_from_annotations(
            found.rows,
            frame,
            where=found.where,
            categories=found.categories or self._names.labels,
            undistort=self._undistort,
        )

    def _read_ids(self, path: Path, key: str, frame: Frame) -> MaskSet | None:
        stored = read_stored_masks(path)
        if stored.ndim == 3:
            return self._separate_masks(stored, path, frame)
        id_map = self._id_map(self._rule.ids(stored), path, frame)
        file = self._frame_names.get(key)
        names = self._names if file is None else read_names(file)
        shift = int(self._rule.zero_is_mask)
        labels = {number + shift: label for number, label in names.labels.items()}
        scores = {number + shift: score for number, score in names.scores.items()}
        if self._embeddings is None or not id_map.any():
            return MaskSet.from_id_map(id_map, scores=scores, labels=labels)
        if key not in self._embeddings:
            return None
        table_path = self._embeddings[key]
        table = read_embeddings(table_path, allow_torch_load=self._allow_torch_load)
        ids: NDArray[np.int32] = np.unique(id_map[id_map > 0])
        if ids[-1] > len(table):
            raise FormatError(
                f"Embeddings {table_path}",
                expected=f"a row for each id up to {ids[-1]} of {path.name}",
                got=f"{len(table)} rows",
            )
        vectors = {int(i): table[i - 1] for i in ids}
        return MaskSet.from_id_map(id_map, scores=scores, embeddings=vectors, labels=labels)

    def _id_map(self, ids: NDArray[np.int64], path: Path, frame: Frame) -> NDArray[np.int32]:
        """(H, W) int32 ids at the pixels of the frame."""
        if ids.size and int(ids.max()) >= 2**31:
            expected = "ids from 0 to 2147483647"
            raise FormatError(
                f"Id map {path}", expected=expected, got=f"{ids.min()} to {ids.max()}"
            )
        fitted = fit_to_frame(ids, frame, where=f"Id map {path}", undistort=self._undistort)
        return fitted.astype(np.int32)

    def _separate_masks(self, stored: NDArray[Any], path: Path, frame: Frame) -> MaskSet:
        """The masks of an array of three axes; they may overlap, and empty ones are left out."""
        if not has_shape_of(stored.shape[1:], frame) and has_shape_of(stored.shape[:2], frame):
            stored = np.moveaxis(stored, 2, 0)
        if not has_shape_of(stored.shape[1:], frame):
            raise wrong_size(f"Masks {path}", stored.shape[1:], frame)
        fitted = [
            fit_to_frame(mask, frame, where=f"Masks {path}", undistort=self._undistort)
            for mask in stored
        ]
        kept = [(number, mask) for number, mask in enumerate(fitted, start=1) if mask.any()]
        height, width = frame.camera.size
        return MaskSet.from_runs(
            [runs_of(mask.astype(bool)) for _, mask in kept],
            height=height,
            width=width,
            ids=np.array([number for number, _ in kept], np.int32),
        )

    def _read_labeled_files(self, files: list[LabeledFile], frame: Frame) -> MaskSet:
        """The masks of one frame from several id maps, each with one label; they may overlap."""
        parts, ids = [MaskSet.empty(*frame.camera.size)], list[int]()
        for file in files:
            stored = read_stored_masks(file.path)
            if stored.ndim == 3:
                part = self._separate_masks(stored, file.path, frame)
            else:
                values = np.maximum(stored, 0)
                part = MaskSet.from_id_map(self._id_map(values, file.path, frame))
            labels, scores = (file.label,) * len(part), np.full(len(part), file.score, np.float32)
            parts.append(replace(part, labels=labels, scores=scores))
            ids += [] if file.object_id is None else [file.object_id] * len(part)
        joined = join_masks(parts)
        if len(ids) == len(joined) == len(set(ids)):
            joined = replace(joined, ids=np.array(ids, np.int32))
        return joined

    def _open_folder(self, suffix: str, use_embeddings: bool, frame_names: Sequence[str]) -> None:
        folder = _folder_of_maps(self._root)
        name_files = self._find_names(folder)
        files = files_by_stem(folder, (*ID_SUFFIXES, ".json"), suffix, leave_out=name_files)
        if len(files) == 1:
            (path,) = files.values()
            if path.suffix.lower() == ".json" and is_coco_of_capture(read_json(path)):
                self._sources.update(read_coco_of_capture(path))
                return
        self._sources.update(files or files_of_subfolders(folder, suffix, frame_names=frame_names))
        if not self._sources:
            raise self._nothing_found(folder, suffix)
        self._find_names_of_frames()
        tables = self._root / "mask_embeddings"
        if use_embeddings and folder != self._root and tables.is_dir():
            self._embeddings = files_by_stem(tables, EMBEDDING_SUFFIXES, "")
            pickles = [p for p in self._embeddings.values() if p.suffix.lower() == ".pt"]
            if pickles and not self._allow_torch_load:
                raise refuse_pickle(pickles[0])
            missing = len(files.keys() - self._embeddings.keys())
            if missing:
                _LOGGER.info("%d of %d id maps have no embeddings", missing, len(files))

    def _find_names(self, folder: Path) -> list[Path]:
        """Reads the file that names the ids of all frames, if there is one; returns its path."""
        paths = [home / name for home in sorted({self._root, folder}) for name in NAME_FILES]
        files = [p for p in paths if p.is_file() and not is_coco_of_capture(read_json(p))]
        if len(files) > 1:
            got = " and ".join(str(p.relative_to(self._root)) for p in files)
            raise FormatError(f"Folder {self._root}", expected="one file of labels", got=got)
        if files:
            self._names = read_names(files[0])
        return files

    def _find_names_of_frames(self) -> None:
        """Finds the files that name the ids of one frame each, if there are any."""
        folders = [self._root / name for name in _LABEL_FOLDERS]
        folder = next((one for one in folders if one.is_dir()), None)
        if folder is None:
            return
        self._frame_names = files_by_stem(folder, (".json",), "")
        if not self._frame_names.keys() & self._sources.keys():
            raise CaptureError(
                f"Labels in {folder} match none of the {len(self._sources)} id maps",
                expected=f"names such as {examples(self._sources)}",
                got=examples(self._frame_names) or "no JSON files",
                do="Rename the files after the id maps.",
            )

    def _nothing_found(self, folder: Path, suffix: str) -> CaptureError:
        others = sorted(p.name for p in folder.iterdir())
        got = f"{', '.join(others[:_NUM_EXAMPLES])}, ..." if others else "an empty folder"
        return CaptureError(
            f"Mask folder {folder}",
            expected=f"files named FRAME{suffix}.png, .npy, .npz or .json, or a folder per "
            "category, object or frame",
            got=got,
            do=next(
                (text for end, text in _UNREAD.items() if others and others[0].endswith(end)), None
            ),
        )


def _folder_of_maps(root: Path) -> Path:
    """The folder in which the masks are: a usual one inside, or the given one."""
    if (root / "mask").is_dir():
        return root / "mask"
    entries = sorted(root.iterdir())
    inside = {path.name.lower(): path for path in entries if path.is_dir()}
    if any(path.suffix.lower() in ID_SUFFIXES for path in entries):
        return root
    for folder in (inside[name] for name in _MAP_FOLDERS if name in inside):
        if any(path.suffix.lower() in ID_SUFFIXES for path in folder.iterdir()):
            return folder
    return root
