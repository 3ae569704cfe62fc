"""The facts about the backends, apart from their code so that reading them imports nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelCard:
    """What a backend is, where it comes from and what it needs.

    Attributes:
        name: Registry name, ``slot/family-size.tag``.
        slot: Name of the protocol that it fills, such as ``MaskProposer``.
        description: One or two sentences for a list.
        source: Where the method comes from: "written from ..." or "wraps package ...".
        code_license: Licence of the code.
        weights_license: Licence of the weights, or None when there are none.
        extra: The extra of Scenewright that it needs, or None for the base install.
        input: What it reads of a frame, or from disk.
        speed: Measured time with the hardware, or why there is none.
        needs_files: True when it cannot be created without files of the user.
        paper: Reference of the paper, or None.
    """

    name: str
    slot: str
    description: str
    source: str
    code_license: str
    input: str
    speed: str
    weights_license: str | None = None
    extra: str | None = None
    needs_files: bool = False
    paper: str | None = None


_DEPTH_EDGES = ModelCard(
    name="masks/depth-edges",
    slot="MaskProposer",
    description=(
        "Cuts a depth picture at steps and concave creases, joins what bulges outwards, and uses "
        "color to tell apart what touches. Needs no weights."
    ),
    source="written from the papers, with planes fitted in inverse depth",
    code_license="Apache-2.0",
    input="depth and camera; image where there is one",
    speed="30 to 39 ms per 640 x 480 frame on two cores of an AMD EPYC",
    paper="Stein et al., CVPR 2014; Felzenszwalb and Huttenlocher, IJCV 2004",
)

_MASK_FOLDER = ModelCard(
    name="masks/folder",
    slot="MaskProposer",
    description=(
        "Reads masks that another program made: id pictures, with embeddings or without, or COCO "
        "run lengths."
    ),
    source="written for Scenewright from the format descriptions",
    code_license="Apache-2.0",
    input="a folder or a JSON file, matched to the frames by name",
    speed="bound by reading the files",
    needs_files=True,
)

CARDS: dict[str, ModelCard] = {card.name: card for card in (_DEPTH_EDGES, _MASK_FOLDER)}
"""Registry name to card."""
