"""Descriptions of objects for dense captioning, in the form of Scan2Cap.

Chen et al., "Scan2Cap", CVPR 2021. The corpus regroups the sentences of ScanRefer by object.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scenewright.core import FormatError
from scenewright.data.language._fields import Fields, kind_of, read_checked
from scenewright.data.language.grounding import ScanReferSentence
from scenewright.io import write_json


@dataclass(frozen=True)
class ObjectCaptions:
    """The sentences that describe one object.

    Attributes:
        scene_id: ScanNet scan.
        object_id: The object.
        texts: Its descriptions, as they are in the file: some releases put them between ``sos`` and
            ``eos``.
        object_name: Its name, which the release of 2021 adds; "" = not stated.
    """

    scene_id: str
    object_id: int
    texts: tuple[str, ...]
    object_name: str = ""

    @property
    def key(self) -> str:
        """Its key in the corpus, such as ``scene0000_00|7`` or ``scene0000_00|7|chair``."""
        name = f"|{self.object_name}" if self.object_name else ""
        return f"{self.scene_id}|{self.object_id}{name}"


def group_captions(
    sentences: Iterable[ScanReferSentence], *, with_names: bool = False
) -> list[ObjectCaptions]:
    """The sentences of ScanRefer by object, in the order of the first sentence of each.

    Args:
        sentences: Sentences of one split.
        with_names: Tell objects apart by name too, as the release of 2021.
    """
    groups: dict[tuple[str, int, str], list[str]] = {}
    for one in sentences:
        name = one.object_name if with_names else ""
        groups.setdefault((one.scene_id, one.object_id, name), []).append(one.text)
    return [
        ObjectCaptions(scene, number, tuple(texts), name)
        for (scene, number, name), texts in groups.items()
    ]


def read_scan2cap(path: str | os.PathLike[str]) -> list[ObjectCaptions]:
    """Reads a corpus: a JSON object with a list of sentences per object.

    Raises:
        FormatError: It is no such file; the message names the key.
    """
    value = read_checked(path)
    if not isinstance(value, Mapping):
        raise FormatError(f"{path}", expected="an object", got=kind_of(value))
    found = []
    for key in value:
        parts = key.split("|", 2)
        number = parts[1] if len(parts) > 1 else ""
        if not parts[0] or not number.isascii() or not number.isdigit() or len(number) > 15:
            raise FormatError(
                f"{path}, key {key[:60]!r}", expected="scene|object or scene|object|name", got=key
            )
        texts = Fields(f"{path}", value).texts(key)
        if not texts:
            raise FormatError(f"{path}, field {key}", expected="at least one text", got="none")
        name = parts[2] if len(parts) > 2 else ""
        found.append(ObjectCaptions(parts[0], int(number), texts, name))
    return found


def write_scan2cap(path: str | os.PathLike[str], captions: Sequence[ObjectCaptions]) -> None:
    """Writes a corpus, atomically.

    Raises:
        OutputError: The file cannot be written.
    """
    write_json(path, {one.key: list(one.texts) for one in captions})
