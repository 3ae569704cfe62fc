"""``scenewright models``: which backends there are, what they need, whether they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from scenewright.cli.options import CommonOptions

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal
    from scenewright.core import Frame
    from scenewright.models import ModelCard
    from scenewright.models.weights import LocalWeights

_Text = Annotated[str | None, tyro.conf.arg(metavar="TEXT")]
_FEW_POINTS = 4
"""Points per side in a trial of networks that look at a grid; 32 take minutes on a CPU."""


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Lists backends, shows the facts about them, fetches their weights, or tries them.

    `list` shows all, `info` the facts and the weights on this machine, `download` fetches weights
    ahead, `check` loads a backend and runs it on a small picture.

    Examples: `scenewright models list`, `scenewright models info masks/sam2`,
    `scenewright models download masks/sam2 embed/clip`,
    `scenewright models check masks/sam2 --weights file:my-folder/`.
    """

    action: tyro.conf.Positional[Literal["list", "info", "download", "check"]] = "list"
    """What to do."""
    names: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="NAME")] = ()
    """Names of backends; for list a wildcard such as masks/*, for download also hub:ORG/REPO."""
    weights: _Text = None
    """For check: builtin:NAME, file:PATH or hub:ORG/REPO[@REVISION][:FILE]."""
    device: _Text = None
    """For check: where to run, such as cpu or cuda; what the backend takes if left out."""


def run(options: Options, terminal: Terminal) -> int:
    """Shows what was asked for; 1 only through an error."""
    from scenewright.core import ScenewrightError

    if options.action == "list":
        _list(options.names or ("*",), terminal)
        return 0
    if not options.names:
        raise ScenewrightError(
            f"Nothing to {options.action}",
            expected="the name of a backend",
            got="none",
            do="See 'scenewright models list'.",
        )
    for position, name in enumerate(options.names):
        if position:
            terminal.write()
        if options.action == "info":
            _info(name, terminal)
        elif options.action == "download":
            _download(name, terminal)
        else:
            _check(name, options, terminal)
    return 0


def _list(patterns: tuple[str, ...], terminal: Terminal) -> None:
    from scenewright import models

    names = sorted({name for pattern in patterns for name in models.available(pattern)})
    terminal.table(
        ("backend", "what it does"), [(name, models.card(name).description) for name in names]
    )


def _info(name: str, terminal: Terminal) -> None:
    from dataclasses import fields

    from scenewright import models

    card = models.card(name)
    rows = [(field.name, _as_text(getattr(card, field.name))) for field in fields(card)]
    terminal.table(("fact", "value"), rows + _local_rows(card))


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)


def _local_rows(card: ModelCard) -> list[tuple[str, str]]:
    from scenewright.models.weights import find_weights

    if card.weights is None:
        return []
    local = find_weights(card.weights)
    if local is None:
        return [("on this machine", f"no; scenewright models download {card.name}")]
    return _file_rows(local)


def _file_rows(local: LocalWeights) -> list[tuple[str, str]]:
    return [("on this machine", str(local.path))] + [
        (file.path.name, f"{file.size / 1e6:.1f} MB, sha256 {file.sha256}") for file in local.files
    ]


def _download(name: str, terminal: Terminal) -> None:
    from scenewright import models
    from scenewright.core import WeightsError
    from scenewright.models.weights import resolve_weights

    if ":" in name:
        terminal.table(("fact", "value"), _file_rows(resolve_weights(name, refresh=True)))
        return
    card = models.card(name)
    if card.weights is None:
        raise WeightsError(
            f"Backend '{name}'", expected="one that needs weights", got="one that needs none"
        )
    local = resolve_weights(
        card.weights,
        backend=name,
        license_name=card.weights_license,
        sha256=card.weights_sha256,
        refresh=True,
    )
    rows = [("weights", card.weights), ("license", _as_text(card.weights_license))]
    terminal.table(("fact", "value"), rows + _file_rows(local))


def _check(name: str, options: Options, terminal: Terminal) -> None:
    """Creates a backend and runs it once on a drawn picture; that it runs says nothing more."""
    import time

    from scenewright import models
    from scenewright.core import ScenewrightError
    from scenewright.models import registry

    if models.card(name).needs_files:
        raise ScenewrightError(
            f"Backend '{name}'", expected="one that can run on any picture", got="one for files"
        )
    chosen: dict[str, Any] = {
        key: value
        for key, value in (("weights", options.weights), ("device", options.device))
        if value is not None
    }
    if "points_per_side" in registry.option_names(name):
        chosen["points_per_side"] = _FEW_POINTS
    began = time.perf_counter()
    backend = models.create(name, **chosen)
    loaded = time.perf_counter()
    result = _try(backend, _drawn_frame())
    done = time.perf_counter()
    rows = [
        ("weights", options.weights or _as_text(models.card(name).weights)),
        ("created in", f"{loaded - began:.2f} s"),
        ("first run in", f"{done - loaded:.2f} s"),
    ]
    terminal.table((name, "runs"), rows + result)


def _try(backend: Any, frame: Frame) -> list[tuple[str, str]]:
    """Calls what the slots of a backend promise."""
    from scenewright import models

    rows: list[tuple[str, str]] = []
    if isinstance(backend, models.MaskProposer):
        masks = backend.propose(frame)
        rows.append(("masks proposed", "none known" if masks is None else str(len(masks))))
    if isinstance(backend, models.PromptSegmenter) and frame.image is not None:
        import numpy as np

        center = np.array([[frame.camera.width / 2, frame.camera.height / 2]])
        found = backend.segment(frame.image, points=center)
        rows.append(("masks at the center", str(len(found))))
    if isinstance(backend, models.ImageEncoder) and frame.image is not None:
        rows.append(("picture as a vector", f"{backend.encode(frame.image).shape[1]} numbers"))
        rows.append(("text as a vector", f"{backend.encode_text(['a box']).shape[1]} numbers"))
    return rows


def _drawn_frame() -> Frame:
    """Two boxes before a wall, with depth."""
    import numpy as np

    from scenewright.core import Camera, Frame

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
