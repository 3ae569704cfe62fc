"""The fields of a settings class as data: for the command line, settings files and documentation.

Only the standard library is imported, so that help texts load fast.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import inspect
import itertools
import sys
import textwrap
import typing
from dataclasses import MISSING, dataclass
from typing import Annotated, Any

from scenewright.runs.options import Option


@dataclass(frozen=True)
class Field:
    """One field of a settings class.

    Attributes:
        name: Name of the attribute.
        type: Its type, without `Annotated`.
        default: Its default, or ``dataclasses.MISSING`` if it must be given.
        help: Its docstring, in one line.
        option: How it is spelled on the command line.
    """

    name: str
    type: Any
    default: Any
    help: str
    option: Option

    @property
    def option_name(self) -> str:
        """The option without its dashes, such as ``voxel-size``."""
        return (self.option.name or self.name).replace("_", "-")

    @property
    def is_required(self) -> bool:
        """Whether it has no default."""
        return self.default is MISSING


def fields_of(settings: type) -> tuple[Field, ...]:
    """The fields of a dataclass in the order of their definition, base classes first.

    Args:
        settings: A dataclass, or an instance's type.
    """
    docs = field_docs(settings)
    hints = typing.get_type_hints(settings, localns=_Lenient(settings), include_extras=True)
    found = []
    for field in dataclasses.fields(settings):
        hint, option = hints[field.name], Option()
        if typing.get_origin(hint) is Annotated:
            hint, *extras = typing.get_args(hint)
            option = next((extra for extra in extras if isinstance(extra, Option)), option)
        default = field.default
        if field.default_factory is not MISSING:
            default = field.default_factory()
        found.append(Field(field.name, hint, default, docs.get(field.name, ""), option))
    return tuple(found)


def field_docs(settings: type) -> dict[str, str]:
    """The docstring below each field as one line, including fields of base classes."""
    docs: dict[str, str] = {}
    for part in reversed(settings.__mro__):
        if dataclasses.is_dataclass(part):
            docs |= _docs_of_class(part)
    return docs


def summary_of(settings: type) -> str:
    """The docstring of a class without its indentation."""
    return inspect.cleandoc(settings.__doc__ or "")


def _docs_of_class(part: type) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(part)))
    body = typing.cast(ast.ClassDef, tree.body[0]).body
    docs = {}
    for field, below in itertools.pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            docs[field.target.id] = " ".join(str(below.value.value).split())
    return docs


class _Lenient(dict[str, Any]):
    """Resolves names that only a type checker imports to `Any`.

    Settings name classes whose import would take longer than the rest of the help text.
    """

    def __init__(self, settings: type) -> None:
        super().__init__()
        modules = [sys.modules[part.__module__] for part in settings.__mro__]
        self._known = [vars(module) for module in modules] + [vars(builtins)]

    def __missing__(self, name: str) -> Any:
        for names in self._known:
            if name in names:
                return names[name]
        return Any
