"""The verbs, one line each: the command, batches, ``info`` and the docs are built from this table.

A verb is a folder beside this file: ``settings.py`` (its inputs and settings; light), ``run.py``
(the function that runs it) and ``printer.py`` (which shows the result). They are imported only when
needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.runs.options import Settings


@dataclass(frozen=True)
class Output:
    """Where a verb writes.

    Attributes:
        help: Help text of ``--output``.
        default: Path; ``{name}`` in it stands for the name of the first input. None: must be given.
        metavar: Placeholder in the help text.
        overwrite: Help text of ``--overwrite``; None if there is no such option.
    """

    help: str
    default: str | None = None
    metavar: str = "RUN"
    overwrite: str | None = "Replace an older run of the same name."

    def path_for(self, source: Path | None) -> Path:
        """The default path for an input."""
        name = "capture" if source is None else source.resolve().name or "capture"
        return Path((self.default or "").format(name=name))


@dataclass(frozen=True)
class Verb:
    """One verb.

    Attributes:
        name: Name on the command line.
        summary: One-line description.
        output: Where it writes; None if it writes nothing, or only what an input names.
        room: Name of its folder; derived from the name if empty.
        stem: Its classes are named ``{stem}Inputs`` and ``{stem}Settings``; derived from the name
            of the folder if empty.
        is_long: Whether it reports progress.
        is_batch: Whether it runs another verb on many inputs.
    """

    name: str
    summary: str
    output: Output | None = None
    room: str = ""
    stem: str = ""
    is_long: bool = True
    is_batch: bool = False

    @property
    def folder(self) -> str:
        """Name of its folder."""
        return self.room or self.name.replace("-", "_").replace(" ", "_")

    @property
    def makes_run(self) -> bool:
        """Whether it makes one run folder per input, so that it can run as a batch."""
        return self.output is not None and "{name}" in (self.output.default or "")

    def inputs(self) -> type:
        """The dataclass of its inputs."""
        found: type = self._load("settings", f"{self._stem}Inputs")
        return found

    def settings(self) -> type[Settings]:
        """The dataclass of its settings."""
        found: type[Settings] = self._load("settings", f"{self._stem}Settings")
        return found

    def run(self) -> Callable[..., Any]:
        """The function that runs it, ``{folder}_run``.

        It takes the fields of the inputs and ``settings`` by name, ``output`` and ``overwrite`` if
        the verb writes, and ``progress`` if `is_long`. If the verb makes a run, input and output
        are the first two parameters.
        """
        found: Callable[..., Any] = self._load("run", f"{self.folder}_run")
        return found

    def show(self) -> Callable[..., int]:
        """The function ``show(result, settings, printer)``, which returns the exit code."""
        found: Callable[..., int] = self._load("printer", "show")
        return found

    def facts(self) -> Callable[..., dict[str, str]]:
        """The function ``facts(report)``, with which ``info`` describes a run folder."""
        found: Callable[..., dict[str, str]] = self._load("printer", "facts")
        return found

    @property
    def _stem(self) -> str:
        return self.stem or self.folder.title().replace("_", "")

    def _load(self, module: str, name: str) -> Any:
        home = importlib.import_module(f"scenewright.pipelines.{self.folder}.{module}")
        return getattr(home, name)


_RUN = "Run folder to write; default: runs/"
_OBJECTS = Output(_RUN + "NAME-OF-CAPTURE", "runs/{name}")
_SPLATS = Output(
    _RUN + "NAME-OF-CAPTURE-splats", "runs/{name}-splats",
    overwrite="Replace an older or unfinished run of the same name.",
)  # fmt: skip
_DECOMPOSED = Output(_RUN + "NAME-OF-SCENE-objects", "runs/{name}-objects")
_WHOLE = Output(_RUN + "NAME-OF-SCENE-whole", "runs/{name}-whole")
_PICTURES = Output(_RUN + "NAME-OF-SCENE-pictures", "runs/{name}-pictures")
_GENERATED = Output("Run folder to write.", None, "OUT", "Replace an older run of the same name.")
_BATCH = Output(
    "Folder for the run folders, which are named like the inputs; default: runs", "runs", "OUT",
    "Replace runs that were made with other settings; runs with the same ones are skipped.",
)  # fmt: skip
_DEMO = Output("Folder to write; default: runs/demo", "runs/demo", "FOLDER",
               "Replace an older demo of the same name.")  # fmt: skip
_TRAINING = Output("Folder for what is trained and measured.", None, "FOLDER", None)
_DATA = Output(
    "Output folder; may contain earlier results of the same command.", None, "OUT",
    "Replace data that was made with other settings.",
)  # fmt: skip

_VERBS = (
    Verb("segment", "turn a capture into a scene of separate objects", _OBJECTS),
    Verb("fit-splats", "fit surfels to the images of a capture", _SPLATS, stem="Fit"),
    Verb("decompose", "divide surfels into objects", _DECOMPOSED),
    Verb("complete", "complete the hidden sides of objects", _WHOLE),
    Verb("render", "render surfels: views, or a turntable", _PICTURES),
    Verb("generate", "generate the objects of a picture in 3D", _GENERATED),
    Verb("page", "serve a page on which pictures become scenes", is_long=False),
    Verb("batch", "run a verb on many inputs; run again to resume", _BATCH, is_batch=True),
    Verb("check", "look for problems in a capture", is_long=False),
    Verb("remove", "remove objects and close the room behind them", is_long=False),
    Verb("info", "describe a file or folder: axes, unit, frames, objects", is_long=False),
    Verb("convert", "convert a scene to another format, chosen by file suffix", is_long=False),
    Verb("evaluate", "measure a scene against the truth"),
    Verb("ask", "answer questions about a scene, and cite its objects", is_long=False),
    Verb("ground", "find the objects that a phrase means", is_long=False),
    Verb("caption", "describe the objects of a scene in words", is_long=False),
    Verb("find", "find the objects that a phrase means in many scenes"),
    Verb("name", "name the objects of a scene by words and an encoder of images"),
    Verb("evaluate-language", "measure answers, groundings and captions against annotations"),
    Verb("train masks", "train the network of masks/tiny-rgbd on synthetic worlds", _TRAINING),
    Verb("train merging", "train the trees that merge regions to objects", _TRAINING),
    Verb("train vae", "train the codec of shapes of generate/tiny", _TRAINING),
    Verb("train completion", "train the network of complete/tiny", _TRAINING),
    Verb("train encoder", "train the image encoder of generate/tiny", _TRAINING),
    Verb("train flow", "train the flow of generate/tiny", _TRAINING),
    Verb("train sceneflow", "fine-tune published weights of scenegen or iscene", _TRAINING),
    Verb("train language", "train the network of lm/nano on questions about worlds", _TRAINING),
    Verb("train lora", "train a language model of others to read scenes", _TRAINING),
    Verb("train names", "train the network of names/tiny on synthetic objects", _TRAINING),
    Verb("demo", "make a room, segment it and measure the result", _DEMO),
    Verb("data make", "make worlds, captures or training data", _DATA, "make_data", "Data"),
    Verb("data convert", "convert a 3D-FUTURE folder for scene generators", _DATA, "convert_data"),
    Verb("models", "list, describe, download or check backends", is_long=False),
    Verb("doctor", "show versions, threads, and what optional packages would add", is_long=False),
    Verb("cite", "list what to cite for a run", is_long=False),
)

VERBS = {verb.name: verb for verb in _VERBS}
"""The verbs by name, in display order."""
