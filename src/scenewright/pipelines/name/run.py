"""``scenewright name``: names the objects of a scene."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scenewright._version import __version__
from scenewright.core import OutputError, Progress, Scene, Step, no_progress
from scenewright.io import load_scene, save
from scenewright.language.features import describe_objects, with_color_words
from scenewright.pipelines.name.settings import NameSettings
from scenewright.pipelines.name.steps import name_scene


@dataclass(frozen=True, eq=False)
class Named:
    """A scene with names.

    Attributes:
        path: The scene folder.
        scene: The scene.
        descriptions: Color phrase and size word of each object, in the order of the table.
        num_kept: Number of objects that had a label before and still have the same.
        num_changed: Number of objects that had another label before.
    """

    path: Path
    scene: Scene
    descriptions: list[tuple[str, str]]
    num_kept: int
    num_changed: int


def name_run(
    scene: str | Path,
    output: str | Path,
    settings: NameSettings | None = None,
    *,
    capture: str | Path | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> Named:
    """Names the objects of a scene, and writes it with names, scores and color words.

    Args:
        scene: Run or scene folder of a segmented capture.
        output: Scene folder to write.
        settings: Words and encoder; None takes the defaults.
        capture: The images; None = the capture that the scene was made from.
        overwrite: Whether an existing output may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        CaptureError: The images are missing.
        OutputError: The output exists, or cannot be written.
        MissingExtraError, WeightsError, UnknownNameError, ConventionError: See
            `scenewright.pipelines.name.steps.name`.
    """
    chosen = settings or NameSettings()
    if Path(output).exists() and not overwrite:
        raise OutputError(
            f"Cannot write {output}", expected="a folder that does not exist yet",
            got="an existing one", do="Choose another name, or add --overwrite to replace it.",
        )  # fmt: skip
    before = load_scene(scene)
    named = name_scene(
        before, capture, chosen, words=chosen.words, folder=Path(scene), progress=progress
    )
    step = Step("name", __version__, {"model": chosen.model, "words": chosen.words})
    named = with_color_words(named).with_step(step)
    save(named, output, overwrite=overwrite)
    pairs = [
        (old.label, new.label)
        for old, new in zip(before.instances, named.instances, strict=True)
        if old.role == "object" and old.label
    ]
    num_kept = sum(old == new for old, new in pairs)
    return Named(
        Path(output), named, describe_objects(named),
        num_kept=num_kept, num_changed=len(pairs) - num_kept,
    )  # fmt: skip
