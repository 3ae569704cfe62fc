"""Words of messages."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number with its noun in singular or plural, such as ``1 frame`` or ``12 frames``.

    Args:
        number: 0 or more.
        noun: In singular; its plural must end in ``s``.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
