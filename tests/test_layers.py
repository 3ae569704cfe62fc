"""The import arrows between packages and inside them, and calls that no module may make.

cli > pipelines > training > fusion | splats | metrics | worlds | editing | generation | language |
completion | simulation > data | models | runs > io > geometry > core. A module may import its own
package and those to the right, never one to the left or beside it. `INNER_LEVELS` holds the same
rule for the parts of a package.
"""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "src" / "scenewright"
LEVELS = {
    "core": 0, "geometry": 1, "io": 2, "data": 3, "models": 3, "runs": 3, "fusion": 4, "splats": 4,
    "metrics": 4, "worlds": 4, "editing": 4, "generation": 4, "language": 4, "completion": 4,
    "simulation": 4, "training": 5, "pipelines": 6, "cli": 7,
}  # fmt: skip
INNER_LEVELS: dict[str, tuple[tuple[str, ...], ...]] = {
    "data": (("generation", "language", "layouts"), ("capture",), ("checking",)),
    "fusion": (
        (
            "config", "evidence", "frame_ids", "label_votes", "stable_ids", "tracker", "votes",
        ),
        ("fragments", "mask_shells", "overlap", "result"),
        ("merging",),
        ("assignment", "associate"),
        ("onlineanyseg", "vote_tracker"),
        ("segmenter",),
    ),
    "metrics": (("images", "instances", "language", "shapes"), ("reports",)),
    "models": (("networks", "partial_shapes", "surfaces"), ("classical",),
               ("adapters", "generators", "tiny"), ("completers",)),
    "pipelines": (
        ("pictures", "sources", "table"),
        (
            "ask", "batch", "caption", "check", "cite", "complete", "convert", "convert_data",
            "decompose", "doctor", "evaluate", "evaluate_language", "find", "fit_splats",
            "generate", "ground", "info", "make_data", "models", "name", "remove", "render",
            "segment", "train_completion", "train_encoder", "train_flow", "train_language",
            "train_lora", "train_masks", "train_merging", "train_names", "train_sceneflow",
            "train_vae",
        ),
        ("demo", "page"),
    ),
    "runs": (
        ("options", "stages", "threads"),
        ("fields", "printer", "report"),
        ("settings_files",),
        ("folder",),
        ("unfinished",),
    ),
    "splats": (
        ("rasterizer",),
        ("fitting", "lifting"),
        ("decomposition", "features", "torch_engines"),
        ("rendering",),
        ("meshing",),
        ("extraction",),
    ),
    "training": (("bad_batches", "checkpoints", "collisions", "optimizers", "precision",
                  "processes", "schedules"),
                 ("averaged", "loop"), ("tasks",)),
    "worlds": (
        ("objects",),
        ("composing",),
        ("kinds", "rendering"),
        ("cameras",),
        ("film",),
        ("language", "writing"),
        ("generation",),
    ),
}  # fmt: skip
"""Per package the levels of its parts (folders, or modules of its own folder), lowest first. A part
may import itself and parts of lower levels. Modules beside the folders that are not named here,
such as the package's ``__init__``, may import all parts; an ``__init__`` may be imported by
none."""
LAZY_LOADER = "lazy_loader"
"""The only package that the top module imports; it imports the public names on first use."""
THIRD_PARTY = {"core": {"numpy"}, "geometry": {"numpy", "scipy", "numba"}}
"""Packages that the lowest layers may import anywhere; the others are free but for torch."""
TORCH_ROOMS = (
    "models/adapters/", "models/generators/", "models/networks/", "training/",
    "splats/torch_engines/",
)  # fmt: skip
"""Folders whose modules may import torch when they are imported; nothing imports them early."""
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
FORBIDDEN_CALLS = {"print", "eval", "exec", "breakpoint"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 80
"""Functions of more than 60 lines need a reason. Docstrings of functions are not counted."""
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def problems(name: str, source: str) -> list[str]:
    """Everything that is wrong with one module; `name` is its path below the package."""
    tree = ast.parse(source)
    found = [*_wrong_arrows(name, tree), *_forbidden_words(tree)]
    if len(source.splitlines()) > LONGEST_FILE:
        found.append(f"has more than {LONGEST_FILE} lines")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node) is not None:
                length -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
            if length > LONGEST_FUNCTION:
                found.append(f"function {node.name} has {length} lines")
    return found


def _wrong_arrows(name: str, tree: ast.Module) -> Iterator[str]:
    room = name.split("/")[0] if "/" in name else ""
    early = {id(node) for node in _early(tree.body)}
    for node in ast.walk(tree):
        for target in _targets(node):
            top, *rest = target.split(".")
            if top == "scenewright":
                yield from _wrong_arrow(room, rest, early=id(node) in early)
                yield from _wrong_inner_arrow(name, rest)
            elif top == "torch" and id(node) in early and not name.startswith(TORCH_ROOMS):
                yield "imports torch when it is imported itself"
            elif top not in sys.stdlib_module_names:
                if room == "" and id(node) in early and top != LAZY_LOADER:
                    yield f"is no longer lazy: imports {top}"
                if top not in THIRD_PARTY.get(room, {top}):
                    yield f"imports {top}, which {room} may not use"


def _wrong_arrow(room: str, rest: list[str], *, early: bool) -> Iterator[str]:
    if rest and rest[0] == "_version":  # imports nothing, so everyone may read it
        return
    if not rest:
        yield "imports the package itself, which is above everything"
        return
    if room == "":
        if early:
            yield f"is no longer lazy: imports scenewright.{rest[0]}"
        return
    if rest[0] not in LEVELS:
        yield f"imports scenewright.{rest[0]}, which is no layer"
    elif rest[0] != room and LEVELS[rest[0]] >= LEVELS[room]:
        yield f"imports scenewright.{rest[0]}, which is above or beside {room}"


def _wrong_inner_arrow(module: str, rest: list[str]) -> Iterator[str]:
    """An import from a part of the module's own package that is above or beside its part."""
    package, _, inner = module.partition("/")
    if rest[:1] != [package] or package not in INNER_LEVELS:
        return
    levels = {name: i for i, names in enumerate(INNER_LEVELS[package]) for name in names}
    part = inner.split("/")[0].removesuffix(".py")
    if part not in levels:
        return
    if len(rest) == 1:
        yield f"imports scenewright.{package}, the package that it is part of"
    elif rest[1] in levels and rest[1] != part and levels[rest[1]] >= levels[part]:
        yield f"imports scenewright.{package}.{rest[1]}, which is above or beside {part}"


def _early(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The statements that run at import: not those of functions, nor those for type checkers."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from _early(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from _early(handler.body)


def _targets(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return ["scenewright.relative_imports"]
        if node.module == "scenewright":
            return [f"scenewright.{alias.name}" for alias in node.names]
        return [node.module or ""]
    return []


def _forbidden_words(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if any(target.split(".")[0] in FORBIDDEN_MODULES for target in _targets(node)):
            yield "imports a module that runs code from files"
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            yield f"calls {node.func.id}"
        for keyword in node.keywords:
            value = keyword.value
            if keyword.arg == "allow_pickle" and getattr(value, "value", True) is not False:
                yield "allows pickle"
        if ast.unparse(node.func) in ("np.load", "numpy.load"):
            if not any(keyword.arg == "allow_pickle" for keyword in node.keywords):
                yield "calls np.load without allow_pickle=False"


@pytest.mark.parametrize("name", MODULES)
def test_module(name: str) -> None:
    assert problems(name, (ROOT / name).read_text("utf-8")) == []


def test_no_module_imports_itself_in_a_circle() -> None:
    names = {name.removesuffix(".py").replace("/", "."): name for name in MODULES}
    graph: dict[str, set[str]] = {}
    for module, name in names.items():
        tree = ast.parse((ROOT / name).read_text("utf-8"))
        targets = {target for node in _early(tree.body) for target in _targets(node)}
        inner = {target.removeprefix("scenewright.") for target in targets}
        graph[module] = {target for target in inner if target in names and target != module}
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert len(order) == len(names)


def test_every_folder_is_a_layer() -> None:
    folders = {name.split("/")[0] for name in MODULES if "/" in name}
    assert folders <= set(LEVELS)
    loose = {name for name in MODULES if "/" not in name}
    assert loose <= {"__init__.py", "__main__.py", "_version.py"}


@pytest.mark.parametrize("package", sorted(INNER_LEVELS))
def test_every_part_of_a_package_has_one_inner_level(package: str) -> None:
    inner = [name.partition("/")[2] for name in MODULES if name.startswith(f"{package}/")]
    folders = {name.split("/")[0] for name in inner if "/" in name}
    listed = [part for parts in INNER_LEVELS[package] for part in parts]
    assert len(listed) == len(set(listed))
    assert folders <= set(listed)
    assert set(listed) <= folders | {name.removesuffix(".py") for name in inner}


@pytest.mark.parametrize(
    ("name", "source", "problem"),
    [
        ("core/a.py", "import scipy", "imports scipy, which core may not use"),
        ("core/a.py", "def f():\n    import trimesh", "imports trimesh, which core may not use"),
        ("core/a.py", "from scenewright.io import save", "imports scenewright.io, which is above "
         "or beside core"),
        ("data/a.py", "from scenewright import models", "imports scenewright.models, which is "
         "above or beside data"),
        ("fusion/a.py", "def f():\n    import scenewright.metrics.instances.labels", "imports "
         "scenewright.metrics, which is above or beside fusion"),
        ("io/a.py", "from . import glb", "imports scenewright.relative_imports, which is no layer"),
        ("models/a.py", "try:\n    import torch\nexcept ImportError:\n    pass",
         "imports torch when it is imported itself"),
        ("models/a.py", "class A:\n    import torch.nn", "imports torch when it is imported "
         "itself"),
        ("__init__.py", "from scenewright.core import Scene", "is no longer lazy: imports "
         "scenewright.core"),
        ("__init__.py", "import numpy", "is no longer lazy: imports numpy"),
        ("splats/lifting/a.py", "def f():\n    from scenewright.splats.features.field import x",
         "imports scenewright.splats.features, which is above or beside lifting"),
        ("splats/lifting/a.py", "from scenewright.splats import features", "imports "
         "scenewright.splats, the package that it is part of"),
        ("splats/lifting/a.py", "import scenewright.splats.fitting.x", "imports "
         "scenewright.splats.fitting, which is above or beside lifting"),
        ("worlds/film.py", "from scenewright.worlds.writing import x", "imports "
         "scenewright.worlds.writing, which is above or beside film"),
        ("io/a.py", "print(1)", "calls print"),
        ("io/a.py", "eval('1')", "calls eval"),
        ("io/a.py", "import pickle", "imports a module that runs code from files"),
        ("io/a.py", "np.load(p)", "calls np.load without allow_pickle=False"),
        ("io/a.py", "np.load(p, allow_pickle=True)", "allows pickle"),
        ("io/a.py", "\n" * 401, "has more than 400 lines"),
        ("io/a.py", "def f():\n" + "    1\n" * 80, "function f has 81 lines"),
    ],
)  # fmt: skip
def test_wrong_modules_are_caught(name: str, source: str, problem: str) -> None:
    assert problems(name, source) == [problem]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("cli/a.py", "from scenewright.pipelines import x\nimport scenewright._version"),
        ("splats/extraction/a.py", "from scenewright.splats.lifting.votes import x"),
        ("splats/__init__.py", "from scenewright.splats.extraction import x"),
        ("worlds/writing/a.py", "from scenewright.worlds.film import x"),
        ("models/a.py", "def f():\n    import torch"),
        ("models/adapters/net.py", "import torch"),
        ("models/a.py", "if TYPE_CHECKING:\n    import torch"),
        ("__init__.py", "import lazy_loader\ndef f():\n    from scenewright.io import save"),
        ("__init__.py", "if TYPE_CHECKING:\n    from scenewright.core import Scene"),
        ("io/a.py", "np.load(p, allow_pickle=False)"),
    ],
)
def test_right_modules_pass(name: str, source: str) -> None:
    assert problems(name, source) == []
