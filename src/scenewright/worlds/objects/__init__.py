"""Objects: closed meshes of named parts, made from numbers or read from files."""

from scenewright.worlds.objects.manifolds import as_manifold, union_mesh
from scenewright.worlds.objects.mesh_library import (
    LibraryObject,
    ObjectLibrary,
    SkippedFile,
    read_object_folder,
)
from scenewright.worlds.objects.model import (
    PATTERNS,
    Material,
    ObjectModel,
    Part,
    Symmetry,
)
from scenewright.worlds.objects.registry import (
    FAMILIES,
    Family,
    available_families,
    make_object,
    scaled_object,
)

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
