"""Runs of ``generate`` for the page, in a folder that is removed when the page ends."""

from __future__ import annotations

import io
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import Progress, no_progress
from scenewright.io import write_bytes, write_id_map
from scenewright.pipelines.generate.masks import SceneInput, read_scene_input
from scenewright.pipelines.generate.run import GenerateRun, generate_into
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.generate.steps import STEP
from scenewright.pipelines.page.messages import without_folder
from scenewright.pipelines.page.session import Picture, Session, label_images, replace_masks
from scenewright.runs.folder import RunFolder
from scenewright.runs.threads import use_threads

_KEPT = 12
"""Runs that are kept; the oldest are removed."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
VIEW = "view.html"


@dataclass(frozen=True, eq=False)
class PageRun:
    """A finished run of the page.

    Attributes:
        token: Part of the address of its view.
        run: The run.
    """

    token: str
    run: GenerateRun

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.run.folder.path

    @property
    def meshes(self) -> Path:
        """The GLB of the objects."""
        return self.folder / "objects.glb"

    @property
    def gaussians(self) -> Path:
        """The PLY of the Gaussians."""
        return self.folder / "gaussians.ply"


class Workshop:
    """Runs `generate` for visitors.

    Args:
        root: Folder for the runs and what they are made from.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tokens: list[str] = []

    def generate(
        self, session: Session, settings: GenerateSettings, *, progress: Progress = no_progress
    ) -> PageRun:
        """Generates the objects of a session.

        Args:
            session: Pictures with a mask of each object.
            settings: How it is generated.
            progress: Progress callback (stage, done, total, unit).

        Raises:
            ConventionError: A mask is missing, or a setting is out of range.
            WeightsError: Weights are missing or refused.
            ScenewrightError: There is not enough memory.
        """
        labels = label_images(session)
        token = secrets.token_urlsafe(18)
        home = self._root / token
        home.mkdir(parents=True)
        try:
            folder = RunFolder.create(home / "run", verb=STEP)
            source = self._read(session, labels, settings, home)
            use_threads(settings.threads)
            inputs = {
                "images": [picture.name for picture in session.pictures],
                "depth": None if source.depth is None else session.pictures[0].name,
            }
            run = generate_into(
                folder, source, settings.resolved(), inputs=inputs, progress=progress
            )
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
        self._keep(token)
        return PageRun(token, run)

    def propose(self, session: Session, backend: str, settings: GenerateSettings) -> Session:
        """Takes the masks of a backend, as ``generate --masks NAME`` does.

        Raises:
            ConventionError: There is no picture, there are several, or no object was found.
            UnknownNameError: There is no such backend.
            WeightsError: Weights are missing or refused.
        """
        home = self._root / secrets.token_urlsafe(18)
        home.mkdir(parents=True)
        try:
            image = _write_picture(home, session.picture)
            depth = _write_depth(home, session.picture)
            chosen = replace(settings, masks=(backend,))
            with without_folder(home):
                found = read_scene_input([image], depth, chosen).pictures[0].masks
        finally:
            shutil.rmtree(home, ignore_errors=True)
        return replace_masks(session, found.to_id_map())

    def view(self, token: str) -> Path | None:
        """The page that shows the scene of a run, or None if there is no such run."""
        if _TOKEN.fullmatch(token) is None or token not in self._tokens:
            return None
        return self._root / token / "run" / VIEW

    def _read(
        self,
        session: Session,
        labels: Sequence[NDArray[np.int32]],
        settings: GenerateSettings,
        home: Path,
    ) -> SceneInput:
        """Reads pictures and masks as the command does, and adds the names of the objects."""
        images, masks = [], []
        for picture, each in zip(session.pictures, labels, strict=True):
            images.append(_write_picture(home, picture))
            masks.append(home / f"{picture.name}-ids.png")
            write_id_map(masks[-1], each)
        depth = _write_depth(home, session.pictures[0])
        chosen = replace(settings, masks=tuple(map(str, masks)))
        with without_folder(home):
            source = read_scene_input(images, depth, chosen)
        return replace(source, names=tuple(each.name for each in session.objects))

    def _keep(self, token: str) -> None:
        self._tokens.append(token)
        for old in self._tokens[:-_KEPT]:
            shutil.rmtree(self._root / old, ignore_errors=True)
        self._tokens = self._tokens[-_KEPT:]


def _write_picture(home: Path, picture: Picture) -> Path:
    path = home / f"{picture.name}.png"
    buffer = io.BytesIO()
    Image.fromarray(picture.pixels).save(buffer, "PNG", compress_level=1)
    write_bytes(path, buffer.getvalue())
    return path


def _write_depth(home: Path, picture: Picture) -> Path | None:
    if picture.depth is None:
        return None
    path = home / f"{picture.name}-depth.npy"
    buffer = io.BytesIO()
    np.save(buffer, picture.depth, allow_pickle=False)
    write_bytes(path, buffer.getvalue())
    return path
