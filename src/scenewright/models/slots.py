"""The slots: protocols through which the other packages use a backend."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Frame, MaskSet, Progress, Scene, no_progress
from scenewright.models.answers import SceneReader
from scenewright.models.generated import GeneratedScene, ScenePicture
from scenewright.models.partial_shapes import PartialShape, ShapeGuess


@runtime_checkable
class MaskProposer(Protocol):
    """Finds the masks of one frame. Names of backends start with ``masks/``."""

    def propose(self, frame: Frame) -> MaskSet | None:
        """Proposes masks for one frame without changing it.

        Args:
            frame: Image and, where the backend needs it, depth.

        Returns:
            Masks of the frame's size. An empty set means that nothing was found; None means that
            nothing is known about this frame, which is then left out of the segmentation.
        """
        ...


@runtime_checkable
class PromptSegmenter(Protocol):
    """Finds the mask of one object from points or a box."""

    def segment(
        self,
        image: NDArray[np.uint8],
        *,
        points: NDArray[np.floating] | None = None,
        labels: NDArray[np.integer] | None = None,
        box: NDArray[np.floating] | None = None,
    ) -> MaskSet:
        """Segments one object. At least one point or a box is needed.

        Args:
            image: (H, W, 3) uint8 RGB.
            points: (N, 2) x and y, pixels; the center of the upper left pixel is (0.5, 0.5).
            labels: (N,) 1 for a point on the object, 0 for a point off it; default: all 1.
            box: (4,) x, y, x, y bounds of the object, pixels.

        Returns:
            Candidate masks of the object with the size of the image, in order of descending score.
            There are several if the prompt is ambiguous, and none if nothing was found.
        """
        ...


@runtime_checkable
class ImageEncoder(Protocol):
    """Encodes images, masks and texts as comparable vectors. Names start with ``embed/``."""

    @property
    def dim(self) -> int:
        """Length D of the vectors."""
        ...

    def encode(self, image: NDArray[np.uint8], masks: MaskSet | None = None) -> NDArray[np.float32]:
        """Encodes the whole image, or each of its masks.

        Args:
            image: (H, W, 3) uint8 RGB.
            masks: N masks of the same size as the image, or None for the whole image.

        Returns:
            (N, D) float32 unit vectors in the order of the masks; (1, D) without masks.
        """
        ...

    def encode_text(self, texts: list[str]) -> NDArray[np.float32]:
        """(M, D) float32 unit vectors of M texts."""
        ...


@runtime_checkable
class SceneGenerator(Protocol):
    """Generates the objects of pictures in 3D. Names start with ``sceneflow/`` or ``generate/``."""

    def generate(
        self, *pictures: ScenePicture, seed: int = 0, progress: Progress = no_progress
    ) -> GeneratedScene:
        """Generates a scene.

        Args:
            pictures: One picture of the scene, or several with the same objects in one order.
            seed: Random seed; the same seed gives the same scene on a CPU.
            progress: Progress callback (stage, done, total, unit).
        """
        ...


@runtime_checkable
class ObjectNamer(Protocol):
    """Names the objects of a scene. Names of backends start with ``names/``."""

    @property
    def words(self) -> tuple[str, ...]:
        """The names that it knows; ``other`` stands for none of them."""
        ...

    def chances(self, scene: Scene) -> dict[int, NDArray[np.float64]]:
        """How likely each word names each object.

        Args:
            scene: A scene with points, meshes or surfels of its objects.

        Returns:
            (M,) probabilities of the M words, which sum to 1, by id; objects of which too little is
            known are left out.
        """
        ...


@runtime_checkable
class PointEncoder(Protocol):
    """Encodes the points of objects as vectors. Names start with ``points/`` or ``names/``."""

    @property
    def dim(self) -> int:
        """Length A of the vectors."""
        ...

    @property
    def source(self) -> str:
        """The backend and its weights, by which vectors that were kept are known again."""
        ...

    def vectors(self, scene: Scene) -> dict[int, NDArray[np.float32]]:
        """(A,) float32 vector of each object by id.

        Args:
            scene: A scene with points, meshes or surfels of its objects; those of which too little
                is known are left out.
        """
        ...


@runtime_checkable
class SceneLanguage(Protocol):
    """Answers questions about scenes. Names of backends start with ``lm/``."""

    def read(self, scene: Scene) -> SceneReader:
        """Opens a scene: what is needed for any question is computed once.

        Args:
            scene: Any scene; with labels, colors and gravity more questions have answers.
        """
        ...


@runtime_checkable
class ShapeCompleter(Protocol):
    """Completes partly seen objects. Names of backends start with ``complete/``."""

    def complete(
        self, shape: PartialShape, *, num_seeds: int = 1, seed: int = 0
    ) -> tuple[ShapeGuess, ...]:
        """Guesses at the whole object.

        Args:
            shape: The evidence on it.
            num_seeds: Number of guesses that a random backend draws, 1 or more.
            seed: Random seed of the first; the same seed gives the same guesses on a CPU.

        Returns:
            At least one guess, best first. None contradicts what was seen, see `check_guess`.
        """
        ...
