"""The backend ``masks/folder``: masks of a capture that another program wrote."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, FormatError, Frame, MaskSet
from scenewright.io.jsonio import read_json
from scenewright.models.classical.coco import masks_from_annotations, wrong_size
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
    read_id_map_file,
    refuse_pickle,
)
from scenewright.models.classical.mask_names import NAME_FILES, MaskNames, read_names
from scenewright.models.classical.mask_subfolders import (
    NUMBER,
    LabeledFile,
    files_by_stem,
    files_of_subfolders,
)
from scenewright.models.mask_tools import join_masks

_LOGGER = logging.getLogger("scenewright.models")
_NUM_EXAMPLES = 3
_LABEL_FOLDER = "mask_labels"


class MaskFolder:
    """Reads precomputed masks, one frame at a time.

    The layout is detected from the contents of `folder`:

    - ``mask/`` with an id map per frame and, beside it, ``mask_embeddings/``;
    - an id map per frame (.png of 8 or 16 bits, or .npy);
    - a COCO JSON file per frame: a list of annotations, or an object with ``annotations``;
    - one COCO JSON file for all frames, with ``images`` (`folder` may be that file);
    - a folder per category (``chair/``, ``table/``) with an id map per frame in each;
    - a folder per frame, if the names of all folders end with a number, with a picture per mask
      (``3.png``, or with a label ``chair_3.png``).

    Labels come from the annotations, from the names of folders and pictures, from ``labels.json``
    or ``categories.json`` beside the masks (ids of all frames), or from ``mask_labels/`` (a file
    per frame); see `read_names`.

    A file belongs to the frame whose name is its stem without `suffix`. If no stem is equal, the
    number at the end decides: ``000000`` takes ``0.png``, and ``frame-000005`` takes ``5.png``.

    Args:
        folder: The folder, or the JSON file.
        suffix: Part of a file name between the frame's name and the file type, such as ``".segm"``.
        frame_names: Names of the capture's frames. If given, a folder that has no file for any of
            them is refused at once instead of being read as "no masks anywhere".
        use_embeddings: Whether to read embeddings if there are any. A frame with masks but
            without embeddings is then left out, as in the programs that write this layout.
        allow_torch_load: Whether to read ``.pt`` embeddings, which are pickles, with torch's
            restricted loader (needs the extra ``torch``).

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
    ) -> None:
        self._root = Path(folder)
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
            self._open_folder(suffix, use_embeddings)
        self._by_number = _index_numbers(self._sources)
        self.match_rule = "not checked"
        if frame_names is not None:
            self._check_match(frame_names)

    def propose(self, frame: Frame) -> MaskSet | None:
        """Reads the masks of one frame; None if there is no file for it.

        Raises:
            ShapeError: The masks differ in size from the frame.
            FormatError: The file cannot be read.
        """
        key = self._find(frame.name)
        if key is None:
            return None
        source = self._sources[key]
        if isinstance(source, list):
            return _read_labeled_files(source, frame)
        if isinstance(source, Path) and source.suffix.lower() in ID_SUFFIXES:
            return self._read_ids(source, key, frame)
        found = read_annotations(source) if isinstance(source, Path) else source
        return masks_from_annotations(
            found.rows,
            frame,
            where=found.where,
            categories=found.categories or self._names.labels,
        )

    def _read_ids(self, path: Path, key: str, frame: Frame) -> MaskSet | None:
        id_map = _read_id_map(path, frame)
        file = self._frame_names.get(key)
        names = self._names if file is None else read_names(file)
        labels, scores = names.labels, dict(names.scores)
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

    def _open_folder(self, suffix: str, use_embeddings: bool) -> None:
        folder = self._root / "mask" if (self._root / "mask").is_dir() else self._root
        name_files = self._find_names(folder)
        files = files_by_stem(folder, (*ID_SUFFIXES, ".json"), suffix, leave_out=name_files)
        if len(files) == 1:
            (path,) = files.values()
            if path.suffix.lower() == ".json" and is_coco_of_capture(read_json(path)):
                self._sources.update(read_coco_of_capture(path))
                return
        self._sources.update(files or files_of_subfolders(folder, suffix))
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
        folder = self._root / _LABEL_FOLDER
        if not folder.is_dir():
            return
        self._frame_names = files_by_stem(folder, (".json",), "")
        if not self._frame_names.keys() & self._sources.keys():
            raise CaptureError(
                f"Labels in {folder} match none of the {len(self._sources)} id maps",
                expected=f"names such as {_examples(self._sources)}",
                got=_examples(self._frame_names) or "no JSON files",
                do="Rename the files after the id maps.",
            )

    def _nothing_found(self, folder: Path, suffix: str) -> CaptureError:
        others = sorted(p.name for p in folder.iterdir())
        got = f"{', '.join(others[:_NUM_EXAMPLES])}, ..." if others else "an empty folder"
        return CaptureError(
            f"Mask folder {folder}",
            expected=f"files named FRAME{suffix}.png, .npy or .json, or a folder per category or "
            "frame",
            got=got,
        )

    def _find(self, name: str) -> str | None:
        if name in self._sources:
            return name
        number = NUMBER.match(name)
        if number is None:
            return None
        prefix, value = number[1], int(number[2])
        found = self._by_number.get(value, {})
        if prefix in found:
            keys = found[prefix]
        elif prefix == "" and len(found) == 1:
            keys = next(iter(found.values()))
        else:
            keys = found.get("", [])
        if len(keys) > 1:
            raise FormatError(
                f"Masks of frame '{name}' in {self._root}", expected="one file", got=f"{keys}"
            )
        return keys[0] if keys else None

    def _check_match(self, frame_names: Sequence[str]) -> None:
        found = [self._find(name) for name in frame_names]
        num_matched = sum(key is not None for key in found)
        if frame_names and not num_matched:
            raise CaptureError(
                f"Masks in {self._root} match none of the {len(frame_names)} frames",
                expected=f"names such as {_examples(frame_names)}",
                got=_examples(self._sources),
                do=_suggest_suffix(frame_names, self._sources),
            )
        exact = all(key == name for key, name in zip(found, frame_names, strict=True) if key)
        self.match_rule = "equal name" if exact else "equal number"
        _LOGGER.info(
            "%d of %d frames have masks in %s (matched by %s)",
            num_matched,
            len(frame_names),
            self._root,
            self.match_rule,
        )


def _read_id_map(path: Path, frame: Frame) -> NDArray[np.int32]:
    id_map = read_id_map_file(path)
    if id_map.shape != frame.camera.size:
        raise wrong_size(f"Id map {path}", id_map.shape, frame)
    return id_map


def _read_labeled_files(files: list[LabeledFile], frame: Frame) -> MaskSet:
    """The masks of one frame from several id maps, each with one label; they may overlap."""
    parts = [MaskSet.empty(*frame.camera.size)]
    for label, path in files:
        id_map = _read_id_map(path, frame)
        parts.append(
            MaskSet.from_id_map(id_map, labels=dict.fromkeys(np.unique(id_map).tolist(), label))
        )
    return join_masks(parts)


def _index_numbers(names: Iterable[str]) -> dict[int, dict[str, list[str]]]:
    """Number at the end of a name -> part of the name before it -> the names."""
    index: dict[int, dict[str, list[str]]] = {}
    for name in names:
        match = NUMBER.match(name)
        if match:
            index.setdefault(int(match[2]), {}).setdefault(match[1], []).append(name)
    return index


def _examples(names: Iterable[str]) -> str:
    listed = list(names)
    examples = ", ".join(f"'{name}'" for name in listed[:_NUM_EXAMPLES])
    return f"{examples}, ..." if len(listed) > _NUM_EXAMPLES else examples


def _suggest_suffix(frame_names: Sequence[str], stems: Iterable[str]) -> str:
    first = frame_names[0]
    endings = sorted({stem[len(first) :] for stem in stems if stem.startswith(first)})
    if endings:
        options = " or ".join(f"'{ending}'" for ending in endings)
        return f"Set the part that follows the frame name: suffix={options} (--mask-suffix)."
    return "Rename the files after the frames."
