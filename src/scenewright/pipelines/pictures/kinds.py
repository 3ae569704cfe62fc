"""The kinds of pictures that surfels are drawn as."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["color", "depth", "normals", "ids"]
KINDS: tuple[Kind, ...] = get_args(Kind)
