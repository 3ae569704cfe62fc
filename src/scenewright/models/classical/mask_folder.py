"""The backend ``masks/folder``: masks of a capture that another program wrote."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, FormatError, Frame, MaskSet
from scenewright.io.jsonio import read_json
from scenewright.models.classical.coco import masks_from_annotations, wrong_size
from scenewright.models.classical.id_map_files import (
    EMBEDDING_SUFFIXES,
    ID_SUFFIXES,
    read_embeddings,
    read_id_map_file,
    refuse_pickle,
)

_LOGGER = logging.getLogger("scenewright.models")
_NUMBER = re.compile(r"(.*?)(\d+)$")
_NUM_EXAMPLES = 3


class MaskFolder:
    """Reads precomputed masks, one frame at a time.

    The layout is detected from the contents of `folder`:

    - ``mask/`` with an id map per frame and, beside it, ``mask_embeddings/``;
    - an id map per frame (.png of 8 or 16 bits, or .npy);
    - a COCO JSON file per frame: a list of annotations, or an object with ``annotations``;
    - one COCO JSON file for all frames, with ``images`` (`folder` may be that file).

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
        FormatError: The JSON file is not COCO, or there are two files for one frame.
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
        self._sources: dict[str, Path | list[Any]] = {}
        if self._root.is_file():
            self._sources.update(_read_coco_of_capture(self._root))
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
        if isinstance(source, Path) and source.suffix.lower() in ID_SUFFIXES:
            return self._read_ids(source, key, frame)
        where = str(source) if isinstance(source, Path) else f"{self._root}, image '{key}'"
        annotations = _read_annotations(source) if isinstance(source, Path) else source
        return masks_from_annotations(annotations, frame, where=where)

    def _read_ids(self, path: Path, key: str, frame: Frame) -> MaskSet | None:
        id_map = read_id_map_file(path)
        if id_map.shape != frame.camera.size:
            raise wrong_size(f"Id map {path}", id_map.shape, frame)
        if self._embeddings is None or not id_map.any():
            return MaskSet.from_id_map(id_map)
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
        return MaskSet.from_id_map(id_map, embeddings={int(i): table[i - 1] for i in ids})

    def _open_folder(self, suffix: str, use_embeddings: bool) -> None:
        folder = self._root / "mask" if (self._root / "mask").is_dir() else self._root
        files = _files_by_stem(folder, (*ID_SUFFIXES, ".json"), suffix)
        if len(files) == 1:
            (path,) = files.values()
            if path.suffix.lower() == ".json" and _is_coco_of_capture(read_json(path)):
                self._sources.update(_read_coco_of_capture(path))
                return
        self._sources.update(files)
        if not files:
            raise self._nothing_found(folder, suffix)
        tables = self._root / "mask_embeddings"
        if use_embeddings and folder != self._root and tables.is_dir():
            self._embeddings = _files_by_stem(tables, EMBEDDING_SUFFIXES, "")
            pickles = [p for p in self._embeddings.values() if p.suffix.lower() == ".pt"]
            if pickles and not self._allow_torch_load:
                raise refuse_pickle(pickles[0])
            missing = len(files.keys() - self._embeddings.keys())
            if missing:
                _LOGGER.info("%d of %d id maps have no embeddings", missing, len(files))

    def _nothing_found(self, folder: Path, suffix: str) -> CaptureError:
        others = sorted(p.name for p in folder.iterdir())
        got = f"{', '.join(others[:_NUM_EXAMPLES])}, ..." if others else "an empty folder"
        return CaptureError(
            f"Mask folder {folder}",
            expected=f"files named FRAME{suffix}.png, .npy or .json",
            got=got,
        )

    def _find(self, name: str) -> str | None:
        if name in self._sources:
            return name
        number = _NUMBER.match(name)
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


def _files_by_stem(folder: Path, suffixes: tuple[str, ...], ending: str) -> dict[str, Path]:
    """Frame name -> file, sorted by file name; two files for one frame are an error."""
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in suffixes or not path.stem.endswith(ending):
            continue
        name = path.stem[: len(path.stem) - len(ending)]
        if name in files:
            raise FormatError(
                f"Folder {folder}",
                expected="one file per frame",
                got=f"{files[name].name} and {path.name}",
                do="Keep only one of the two file types.",
            )
        files[name] = path
    return files


def _index_numbers(names: Iterable[str]) -> dict[int, dict[str, list[str]]]:
    """Number at the end of a name -> part of the name before it -> the names."""
    index: dict[int, dict[str, list[str]]] = {}
    for name in names:
        match = _NUMBER.match(name)
        if match:
            index.setdefault(int(match[2]), {}).setdefault(match[1], []).append(name)
    return index


def _is_coco_of_capture(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("images"), list)


def _read_annotations(path: Path) -> list[Any]:
    content = read_json(path)
    annotations = content.get("annotations") if isinstance(content, dict) else content
    if not isinstance(annotations, list):
        raise FormatError(
            f"{path}",
            expected="a list of annotations or an object with 'annotations'",
            got=f"{type(content).__name__}",
        )
    return annotations


def _read_coco_of_capture(path: Path) -> dict[str, list[Any]]:
    """Frame name -> annotations, of a COCO file with ``images`` and ``annotations``."""
    content = read_json(path)
    if not _is_coco_of_capture(content) or not isinstance(content.get("annotations"), list):
        raise FormatError(
            f"{path}", expected="an object with 'images' and 'annotations'", got="other JSON"
        )
    names: dict[Any, str] = {}
    result: dict[str, list[Any]] = {}
    for image in content["images"]:
        if not isinstance(image, dict) or not {"id", "file_name"} <= image.keys():
            raise FormatError(f"{path}", expected="images with id and file_name", got=f"{image!r}")
        name = Path(str(image["file_name"])).stem
        if name in result:
            raise FormatError(f"{path}", expected="one image per name", got=f"'{name}' twice")
        names[image["id"]] = name
        result[name] = []
    for annotation in content["annotations"]:
        image_id = annotation.get("image_id") if isinstance(annotation, dict) else None
        if image_id not in names:
            raise FormatError(f"{path}", expected="a known image_id", got=f"{image_id!r}")
        result[names[image_id]].append(annotation)
    return result


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
