"""The API reference: one page per package, generated from the package tree.

A page holds what its package exports (``__all__``), then what its public modules define and no
package exports. A name exported twice is documented by the package nearest to its definition and is
a link in the others. Compiled kernels and the command line are left out.

A public name without a docstring is a warning, which ``mkdocs build --strict`` makes an error. A
method needs none if a base class, or a protocol that its class satisfies, documents it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import griffe
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PACKAGE = "scenewright"
SOURCE = Path(__file__).resolve().parents[2] / "src"
NAV_TITLE, INDEX = "API reference", "api/index.md"
LEFT_OUT = (f"{PACKAGE}.cli", f"{PACKAGE}.__main__")

log = logging.getLogger("mkdocs.hooks.api_reference")

_reference: dict[str, str] = {}
"""Text of each page by its path on the site, set when a build begins."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Writes the pages and puts them into the navigation."""
    root = griffe.load(PACKAGE, search_paths=[SOURCE], resolve_aliases=True)
    assert isinstance(root, griffe.Module)
    reference = Reference(root)
    _reference.clear()
    _reference.update(reference.pages())
    for path in reference.undocumented():
        log.warning("%s has no docstring", path)
    entries = [uri.removeprefix("api/").removesuffix(".md") for uri in _reference if uri != INDEX]
    for item in config.nav or []:
        if isinstance(item, dict) and item.get(NAV_TITLE) == INDEX:
            item[NAV_TITLE] = [INDEX, *({name: f"api/{name}.md"} for name in entries)]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages."""
    for uri, text in _reference.items():
        files.append(File.generated(config, uri, content=text))
    return files


class Reference:
    """Decides where each public name is documented.

    Args:
        root: The package, as read by griffe.
    """

    def __init__(self, root: griffe.Module) -> None:
        self._modules = list(_public_modules(root))
        self._exported: dict[str, str] = {}
        """Path under which an object is exported, by the path of its definition."""
        for module in self._modules:  # From the root down: the nearest package comes last.
            for name in _exports(module):
                self._exported[_definition(module.members[name])] = f"{module.path}.{name}"
        self._protocols = [
            thing
            for module in self._modules
            for thing in module.classes.values()
            if not thing.is_alias and any(str(base).endswith("Protocol") for base in thing.bases)
        ]

    def pages(self) -> dict[str, str]:
        """Markdown of each page by its path on the site, the index first."""
        pages = {INDEX: ""}
        lines = ["# API reference\n", "Everything a program may import, by package.\n"]
        for package in self._modules:
            text = self._page(package) if package.is_init_module else None
            if text is not None:
                pages[f"api/{package.path}.md"] = text
                lines.append(f"- [`{package.path}`]({package.path}.md): {_summary(package)}")
        pages[INDEX] = "\n".join(lines) + "\n"
        return pages

    def undocumented(self) -> Iterator[str]:
        """Paths of documented objects, and of their methods, that have no docstring."""
        for path in sorted({p for module in self._modules for p in self._documented(module)}):
            thing = self._modules[0][path.removeprefix(f"{PACKAGE}.")]
            target = _target(thing)
            if (target.is_function or target.is_class) and not target.has_docstring:
                yield path
            if target.is_class:
                yield from (f"{path}.{name}" for name in self._silent_methods(target))

    def _page(self, package: griffe.Module) -> str | None:
        """A page, or None if the package has nothing to show."""
        parts = [f"# {package.path}\n"]
        if package.docstring:
            parts.append(f"{package.docstring.value}\n")
        here: list[tuple[str, str]] = []
        elsewhere: list[tuple[str, str]] = []
        for name in sorted(_exports(package), key=str.lower):
            home = self._exported[_definition(package.members[name])]
            (here if home == f"{package.path}.{name}" else elsewhere).append((name, home))
        if elsewhere:
            parts.append("| Name | Documented in |\n|---|---|")
            parts += [
                f"| [`{name}`][{home}] | `{home.rpartition('.')[0]}` |" for name, home in elsewhere
            ]
            parts.append("")
        if here:
            parts += ["## Exports\n", *(f"::: {home}\n" for _, home in here)]
        for module in self._modules:
            if module.parent is package and not module.is_init_module:
                paths = self._documented(module)
                if paths:
                    parts += [f"## {module.path}\n", f"{_summary(module)}\n"]
                    parts += [f"::: {path}\n" for path in paths]
        return "\n".join(parts) if len(parts) > 2 else None

    def _documented(self, module: griffe.Module) -> list[str]:
        """Paths of the objects whose documentation is at this package or module."""
        if module.is_init_module:
            exported = set(self._exported.values())
            paths = [f"{module.path}.{name}" for name in _exports(module)]
            return [path for path in paths if path in exported]
        return [
            thing.path
            for name, thing in module.members.items()
            if not name.startswith("_")
            and not thing.is_alias
            and (thing.is_function or thing.is_class)
            and not _is_kernel(thing)
            and thing.path not in self._exported
        ]

    def _silent_methods(self, thing: griffe.Object) -> Iterator[str]:
        assert isinstance(thing, griffe.Class)
        bases = thing.mro()
        implemented = [p for p in self._protocols if _method_names(p) <= _method_names(thing)]
        for name, member in thing.members.items():
            if name.startswith("_") or member.is_alias or member.has_docstring:
                continue
            if not (member.is_function or "property" in member.labels):
                continue
            if not any(
                name in other.members and other.members[name].has_docstring
                for other in [*bases, *implemented]
            ):
                yield name


def _public_modules(module: griffe.Module) -> Iterator[griffe.Module]:
    """A module and all public ones below it, parents first."""
    yield module
    for name, child in sorted(module.modules.items()):
        if not name.startswith("_") and not child.is_alias and child.path not in LEFT_OUT:
            yield from _public_modules(child)


def _exports(module: griffe.Module) -> list[str]:
    """Names in ``__all__`` of functions, classes and constants that griffe can find."""
    names = [str(name) for name in module.exports or []]
    return [
        name
        for name in names
        if not name.startswith("_") and name in module.members and _is_found(module.members[name])
    ]


def _is_found(thing: griffe.Object | griffe.Alias) -> bool:
    try:
        return not _target(thing).is_module
    except griffe.AliasResolutionError:
        return False  # A constant that is assigned together with others.


def _target(thing: griffe.Object | griffe.Alias) -> griffe.Object:
    return thing.final_target if isinstance(thing, griffe.Alias) else thing


def _definition(thing: griffe.Object | griffe.Alias) -> str:
    return _target(thing).path


def _is_kernel(thing: griffe.Object | griffe.Alias) -> bool:
    return isinstance(thing, griffe.Function) and any(
        "njit" in str(decorator.value) for decorator in thing.decorators
    )


def _method_names(thing: griffe.Object | griffe.Alias) -> set[str]:
    return {name for name in thing.members if not name.startswith("_")}


def _summary(module: griffe.Module) -> str:
    """First paragraph of the docstring."""
    return " ".join(module.docstring.value.split("\n\n")[0].split()) if module.docstring else ""
