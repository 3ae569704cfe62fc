"""What a card says about a backend."""

from __future__ import annotations

from dataclasses import dataclass

NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class ModelCard:
    """What a backend is, where it comes from and what it requires.

    Attributes:
        name: Registry name, ``slot/family-size.tag``.
        slot: Name of the protocol that it implements, such as ``MaskProposer``.
        other_slots: Further protocols that the same class implements.
        description: One or two sentences for lists.
        source: Origin of the code: "written from ..." or "wraps package ...".
        code_license: License of the code.
        weights: Reference of the default weights, or None if it has no weights.
        weights_sha256: Hash that these weights must have, or None to accept any.
        weights_license: License of the weights, or None if it has no weights.
        extra: The extra of Scenewright that it requires, or None for the base install.
        input: What it reads from a frame, or from disk.
        speed: Measured time and the hardware, or why there is none.
        memory: Measured memory and the hardware, or why there is none.
        package: Name of the file that lists its networks, where the weights are a package of
            several; None for a single network.
        further_weights: References of networks of others that it needs as well.
        mixes_walls: True if one of its masks may cover several walls; `segment` then parts them.
        needs_files: True if it cannot be created without files of the user.
        paper: Reference of the paper, or None.
    """

    name: str
    slot: str
    description: str
    source: str
    code_license: str
    input: str
    speed: str
    memory: str = NOT_MEASURED
    other_slots: tuple[str, ...] = ()
    weights: str | None = None
    weights_sha256: str | None = None
    weights_license: str | None = None
    extra: str | None = None
    package: str | None = None
    further_weights: tuple[str, ...] = ()
    needs_files: bool = False
    mixes_walls: bool = False
    paper: str | None = None
