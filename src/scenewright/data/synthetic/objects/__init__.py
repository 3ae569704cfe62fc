"""Objects: closed meshes of named parts, made from numbers or read from files."""

from scenewright.data.synthetic.objects.meshes import (
    LibraryObject,
    ObjectLibrary,
    SkippedFile,
    read_object_folder,
)
from scenewright.data.synthetic.objects.model import (
    PATTERNS,
    Material,
    ObjectModel,
    Part,
    Symmetry,
)
from scenewright.data.synthetic.objects.registry import (
    FAMILIES,
    Family,
    available_families,
    make_object,
    scaled_object,
)
from scenewright.data.synthetic.objects.solid import as_manifold, union_mesh

__all__ = [
    "FAMILIES",
    "PATTERNS",
    "Family",
    "LibraryObject",
    "Material",
    "ObjectLibrary",
    "ObjectModel",
    "Part",
    "SkippedFile",
    "Symmetry",
    "as_manifold",
    "available_families",
    "make_object",
    "read_object_folder",
    "scaled_object",
    "union_mesh",
]
