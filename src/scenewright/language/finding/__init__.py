"""Finds objects by a phrase in many scenes: vectors on disk, and programs that check the best.

`descriptors` turns objects and phrases into vectors, `engines` finds near ones, `packing` and
`store` keep them with the facts about each scene in one file, and `search` puts it together.
"""

from scenewright.language.finding.search import FoundObject, FoundObjects, SceneSearch
from scenewright.language.finding.store import SceneStore

__all__ = ["FoundObject", "FoundObjects", "SceneSearch", "SceneStore"]
