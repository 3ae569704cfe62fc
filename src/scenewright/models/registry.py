"""Backends by name: listed and described without an import, imported when created."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Iterable
from dataclasses import fields
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from scenewright.core import ConventionError, UnknownNameError, require
from scenewright.models.cards import CARDS, EXTRAS
from scenewright.models.model_card import ModelCard

ENTRY_POINT_GROUP = "scenewright.models"
"""Entry point group in which other packages register their backends."""

BACKENDS: dict[str, str] = {
    "masks/depth-edges": "scenewright.models.classical.depth_edges:DepthEdgeMasks",
    "masks/tiny-rgbd": "scenewright.models.tiny.tiny_rgbd:TinyRgbdMasks",
    "masks/parts": "scenewright.models.tiny.parts:PartMasks",
    "masks/folder": "scenewright.models.classical.mask_folder:MaskFolder",
    "prompt/region-growing": "scenewright.models.classical.region_growing:RegionGrowing",
    "masks/sam": "scenewright.models.adapters.sam:SamMasks",
    "masks/sam2": "scenewright.models.adapters.sam2:Sam2Masks",
    "masks/sam3": "scenewright.models.adapters.sam3:Sam3Masks",
    "masks/mask2former": "scenewright.models.adapters.mask2former:Mask2FormerMasks",
    "embed/clip": "scenewright.models.adapters.clip:ClipEncoder",
    "embed/siglip2": "scenewright.models.adapters.siglip2:Siglip2Encoder",
    "points/uni3d": "scenewright.models.adapters.uni3d:Uni3DEncoder",
    "generate/tiny": "scenewright.models.generators.tiny.generator:TinyGenerator",
    "sceneflow/trellis": "scenewright.models.generators.trellis:TrellisGenerator",
    "sceneflow/scenegen": "scenewright.models.generators.scenegen:SceneGenGenerator",
    "names/tiny": "scenewright.models.tiny.names:TinyNames",
    "lm/symbolic": "scenewright.language.symbolic:SymbolicLanguage",
    "lm/hf": "scenewright.language.hugging_face:HuggingFaceLanguage",
    "lm/nano": "scenewright.language.nano:NanoLanguage",
    "sceneflow/iscene": "scenewright.models.generators.iscene:ISceneGenerator",
    "complete/symmetry": "scenewright.models.completers.symmetry:SymmetryCompleter",
    "complete/tiny": "scenewright.models.completers.tiny:TinyCompleter",
    "complete/hull": "scenewright.models.completers.hull:HullCompleter",
}
"""Registry name to "module:Class" of the backends that come with Scenewright."""

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def available(pattern: str = "*") -> list[str]:
    """Sorted names of the backends, built in and from other packages, that match a wildcard.

    Args:
        pattern: Shell-style wildcard, such as ``"masks/*"``.
    """
    names = set(BACKENDS) | set(_plugins())
    return sorted(name for name in names if fnmatchcase(name, pattern))


def create(name: str, **options: Any) -> Any:
    """Creates a backend.

    Args:
        name: Registry name, see `available`.
        options: Keyword arguments of the backend's class, see `option_names`.

    Raises:
        UnknownNameError: No backend has this name, or the backend has no such option.
        ConventionError: A required option is missing, or a value is out of range.
        MissingExtraError: A package is missing that an extra of Scenewright installs.
        WeightsError: The weights are missing or refused; they are never replaced by others.
    """
    backend = _load(name)
    _check_options(name, backend, options)
    return backend(**options)


def card(name: str) -> ModelCard:
    """The facts about a backend.

    Backends of Scenewright are not imported. A backend of another package is imported, because its
    card is the class attribute ``card``.

    Raises:
        UnknownNameError: No backend has this name.
        ConventionError: A backend of another package has no card.
    """
    if name in CARDS:
        return CARDS[name]
    found = getattr(_load(name), "card", None)
    if not isinstance(found, ModelCard):
        raise ConventionError(
            f"Backend '{name}'",
            expected="a class attribute 'card' that is a ModelCard",
            got=type(found).__name__,
            do="Ask the authors of its package to add one.",
        )
    return found


def option_names(name: str) -> list[str]:
    """Names of a backend's options in the order of its class; imports the backend.

    A class that takes ``config`` and, as further keywords, changes to it names the dataclass in
    its attribute ``CONFIG``; the fields of the dataclass are options too.

    Raises:
        UnknownNameError: No backend has this name.
        MissingExtraError: A package is missing that an extra of Scenewright installs.
    """
    return _options_of(_load(name))


def _load(name: str) -> Any:
    if name in BACKENDS:
        extra = CARDS[name].extra
        for package in EXTRAS[extra] if extra else ():
            require(package, extra=str(extra))
        module, _, attribute = BACKENDS[name].partition(":")
        return getattr(importlib.import_module(module), attribute)
    plugins = _plugins()
    if name in plugins:
        return plugins[name].load()
    raise UnknownNameError(
        f"Backend '{name}'",
        expected=f"one of {', '.join(available())}",
        do=closest(name, available()),
    )


@cache
def _plugins() -> dict[str, EntryPoint]:
    """Backends of other installed packages; a built-in name cannot be taken over."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        other = BACKENDS.get(point.name) or (found[point.name].value if point.name in found else "")
        if other and other != point.value:
            raise ConventionError(
                f"Backend '{point.name}'",
                expected="one package that provides it",
                got=f"{other} and {point.value}",
                do="Uninstall one of the packages, or rename the backend in one of them.",
            )
        found[point.name] = point
    return found


def _check_options(name: str, backend: Any, options: dict[str, Any]) -> None:
    parameters = inspect.signature(backend).parameters.values()
    is_open = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    known = _options_of(backend)
    for option in () if is_open and not hasattr(backend, "CONFIG") else options:
        if option not in known:
            raise UnknownNameError(
                f"Option '{option}' of backend '{name}'",
                expected=f"one of {', '.join(known)}" if known else "no options",
                do=closest(option, known),
            )
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind not in _VARIADIC and p.name not in options
    ]
    if missing:
        raise ConventionError(
            f"Backend '{name}'", expected=f"a value for option '{missing[0]}'", got="none"
        )


def _options_of(backend: Any) -> list[str]:
    parameters = inspect.signature(backend).parameters.values()
    names = [parameter.name for parameter in parameters if parameter.kind not in _VARIADIC]
    config = getattr(backend, "CONFIG", None)
    return names if config is None else [*names, *(field.name for field in fields(config))]


def closest(name: str, known: Iterable[str]) -> str | None:
    """A sentence that suggests the most similar known name, or None if none is similar."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"Did you mean '{near[0]}'?" if near else None
