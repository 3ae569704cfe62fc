"""``scenewright models``: lists, describes, downloads and checks backends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from scenewright import models
from scenewright.core import (
    FREE,
    OCCUPIED,
    UNKNOWN,
    Camera,
    Frame,
    MaskSet,
    ScenewrightError,
    StateGrid,
    WeightsError,
)
from scenewright.models import ModelCard, registry
from scenewright.models.cards import CARDS
from scenewright.models.generated import ScenePicture
from scenewright.models.generators.packages import Package, read_default
from scenewright.models.partial_shapes import PartialShape
from scenewright.models.weights import LocalWeights, find_weights, resolve_weights
from scenewright.pipelines.models.settings import ModelsSettings

_FACTS = ("fact", "value")
_OPTIONS = (
    "weights", "encoder_weights", "geometry_weights", "base_weights", "allow_pickles",
    "low_memory", "dtype", "device",
)  # fmt: skip
"""Settings that are options of a backend."""
_FEW_POINTS = 4
_PACKAGES = {card.weights for card in CARDS.values() if card.package is not None}
"""References of packages, which are downloaded file by file."""
_CONCEPTS = ("box",)
"""Points per side when checking networks with point grids; 32 would take minutes on a CPU."""


@dataclass(frozen=True)
class ModelTable:
    """A table about one backend, or about all.

    Attributes:
        columns: Headings.
        rows: Cells.
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def models_run(
    action: str, names: tuple[str, ...] = (), settings: ModelsSettings | None = None
) -> Iterator[ModelTable]:
    """Lists, describes, downloads or checks backends, each when the iterator reaches it.

    Args:
        action: ``list``, ``info``, ``download`` or ``check``.
        names: Names of backends; patterns for ``list``.
        settings: How a backend is checked.

    Returns:
        One table of all, or one per name. Errors are raised when the iterator reaches the name.

    Raises:
        ScenewrightError: No backend is named, or one cannot be checked.
        UnknownNameError: There is no such backend.
        WeightsError: Weights cannot be downloaded.
    """
    settings = settings or ModelsSettings()
    if action == "list":
        return iter((_list(names or ("*",)),))
    if not names:
        raise ScenewrightError(
            f"Nothing to {action}",
            expected="the name of a backend",
            got="none",
            do="See 'scenewright models list'.",
        )
    if action == "info":
        return map(_info, names)
    if action == "download":
        return map(_download, names)
    return map(partial(_check, settings=settings), names)


def _list(patterns: tuple[str, ...]) -> ModelTable:
    names = sorted({name for pattern in patterns for name in models.available(pattern)})
    rows = [(name, models.card(name).description) for name in names]
    return ModelTable(("backend", "what it does"), rows)


def _info(name: str) -> ModelTable:
    card = models.card(name)
    rows = [(field.name, _as_text(getattr(card, field.name))) for field in fields(card)]
    return ModelTable(_FACTS, rows + _local_rows(card))


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)


def _local_rows(card: ModelCard) -> list[tuple[str, str]]:
    if card.weights is None:
        return []
    if card.package is not None:
        return _package_rows(card)
    local = find_weights(card.weights)
    if local is None:
        return [("on this machine", f"no; scenewright models download {card.name}")]
    return _file_rows(local)


def _package_rows(card: ModelCard) -> list[tuple[str, str]]:
    """Whether a package of several networks is here; each of its files is found on use."""
    package = Package.open(str(card.weights), backend=card.name, index=str(card.package))
    index = package.find(package.index)
    if index is None:
        return [("on this machine", f"no; scenewright models download {card.name}")]
    return [("on this machine", str(index.parent))]


def _file_rows(local: LocalWeights) -> list[tuple[str, str]]:
    return [("on this machine", str(local.path))] + [
        (file.path.name, f"{file.size / 1e6:.1f} MB, sha256 {file.sha256}") for file in local.files
    ]


def _download(name: str) -> ModelTable:
    if ":" in name:
        return ModelTable(_FACTS, _file_rows(resolve_weights(name, refresh=True)))
    card = models.card(name)
    if card.weights is None:
        raise WeightsError(
            f"Backend '{name}'", expected="one that needs weights", got="one that needs none"
        )
    if card.package is not None:
        return _download_package(card)
    local = resolve_weights(
        card.weights,
        backend=name,
        license_name=card.weights_license,
        sha256=card.weights_sha256,
        refresh=True,
    )
    rows = [("weights", card.weights), ("license", _as_text(card.weights_license))]
    return ModelTable(_FACTS, rows + _file_rows(local))


def _download_package(card: ModelCard) -> ModelTable:
    """The networks of a package, and those of others that it needs."""
    found = read_default(card)
    rows = [("weights", str(card.weights)), ("license", _as_text(card.weights_license))]
    files = [*found.networks.values()]
    files += [] if found.conditioner is None else [found.conditioner]
    rows += [(file.path.name, f"{file.path.stat().st_size / 1e6:.1f} MB") for file in files]
    for reference in card.further_weights:
        if reference not in _PACKAGES:
            rows += _file_rows(resolve_weights(reference, backend=card.name, refresh=True))
    return ModelTable(_FACTS, rows)


def _check(name: str, *, settings: ModelsSettings) -> ModelTable:
    """Creates a backend and runs it once on a drawn image; checks only that it runs."""
    if models.card(name).needs_files:
        raise ScenewrightError(
            f"Backend '{name}'", expected="one that runs on any image", got="one that reads files"
        )
    given = {option: getattr(settings, option) for option in _OPTIONS}
    chosen: dict[str, Any] = {
        key: value for key, value in given.items() if value is not None and value is not False
    }
    if "points_per_side" in registry.option_names(name):
        chosen["points_per_side"] = _FEW_POINTS
    if "steps" in registry.option_names(name):
        chosen["steps"] = 1
    if "concepts" in registry.option_names(name):
        chosen["concepts"] = _CONCEPTS
    began = perf_counter()
    backend = models.create(name, **chosen)
    loaded = perf_counter()
    result = _try(backend, _drawn_frame())
    done = perf_counter()
    rows = [
        ("weights", settings.weights or _as_text(models.card(name).weights)),
        ("created in", f"{loaded - began:.2f} s"),
        ("first run in", f"{done - loaded:.2f} s"),
    ]
    return ModelTable((name, "runs"), rows + result)


def _try(backend: Any, frame: Frame) -> list[tuple[str, str]]:
    """Calls the methods of the backend's slots."""
    rows: list[tuple[str, str]] = []
    if isinstance(backend, models.MaskProposer):
        masks = backend.propose(frame)
        rows.append(("masks proposed", "none known" if masks is None else str(len(masks))))
    if isinstance(backend, models.PromptSegmenter) and frame.image is not None:
        center = np.array([[frame.camera.width / 2, frame.camera.height / 2]])
        found = backend.segment(frame.image, points=center)
        rows.append(("masks at the center", str(len(found))))
    if isinstance(backend, models.ImageEncoder) and frame.image is not None:
        rows.append(("image embedding", f"{backend.encode(frame.image).shape[1]} numbers"))
        rows.append(("text embedding", f"{backend.encode_text(['a box']).shape[1]} numbers"))
    if isinstance(backend, models.SceneGenerator) and frame.image is not None:
        ids = np.where(frame.depth == np.float32(1.5), 1, 0)
        made = backend.generate(ScenePicture(frame.image, MaskSet.from_id_map(ids)))
        rows.append(("objects generated", str(len(made.objects))))
    if isinstance(backend, models.ShapeCompleter):
        guesses = backend.complete(_half_seen_box())
        rows.append(("guesses at a half seen box", str(len(guesses))))
    return rows


def _half_seen_box() -> PartialShape:
    """A box of which two sides and the top were seen."""
    states = np.full((32, 32, 32), FREE, np.uint8)
    states[6:26, 9:23, 4:20] = UNKNOWN
    states[6, 9:23, 4:20] = states[6:26, 9, 4:20] = states[6:26, 9:23, 19] = OCCUPIED
    grid = StateGrid(states, np.zeros(3), 0.03, 0.5)
    return PartialShape(grid, np.array([0.0, 0.0, 1.0]), 0.12)


def _drawn_frame() -> Frame:
    """Two boxes in front of a wall, with depth."""
    height, width = 120, 160
    image = np.full((height, width, 3), 150, np.uint8)
    depth = np.full((height, width), 3.0, np.float32)
    for rows, columns, color, distance in (
        (slice(50, 100), slice(20, 70), (200, 60, 40), 1.5),
        (slice(30, 90), slice(75, 130), (40, 90, 190), 2.0),
    ):
        image[rows, columns] = color
        depth[rows, columns] = distance
    camera = Camera.from_focal(150.0, 150.0, width / 2, height / 2, width=width, height=height)
    return Frame(0, camera, np.eye(4), image=image, depth=depth, name="drawn")
