"""Whether the code keeps to the limits of CONTRIBUTING.md: sizes, types, tests, start-up times.

The source is parsed, not imported, except for the table of verbs. Only the standard library is
used. The exit code is 1 if a goal of the structure is missed; times depend on the machine and do
not count.

Run: python benchmarks/structure.py [--list] [--no-times]
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, is_dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
SOURCE = CHECKOUT / "src" / "scenewright"
TESTS = CHECKOUT / "tests"

FILE_LINES, FUNCTION_LINES, TESTED_FROM_LINES = 400, 80, 80
PARAMETERS, WIDE_FUNCTIONS = 7, 5
DOCUMENTED_PERCENT = 97.0
HELP_SECONDS, IMPORT_SECONDS = 0.3, 0.1
RUNS = 5

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    value: str
    goal: str = ""
    met: bool = True
    structural: bool = True
    offenders: Sequence[str] = ()


@dataclass(frozen=True)
class Module:
    """A parsed file; `path` is relative to the folder that holds the package or the tests."""

    path: Path
    text: str = field(repr=False)

    @cached_property
    def tree(self) -> ast.Module:
        """Syntax tree."""
        return ast.parse(self.text, str(self.path))

    @property
    def num_lines(self) -> int:
        """Lines of the file."""
        return len(self.text.splitlines())

    @property
    def has_only_kernels(self) -> bool:
        """Whether the file's name says that it holds kernels."""
        return "kernel" in self.path.stem

    @property
    def is_facade(self) -> bool:
        """Whether this is an ``__init__.py`` that defines nothing but module hooks."""
        return self.path.name == "__init__.py" and all(
            node.name in ("__getattr__", "__dir__")
            for node in self.tree.body
            if isinstance(node, Definition)
        )

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Every function, nested ones too, with its place as ``file:line name``."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield self.label(node), node

    def public(self) -> Iterator[tuple[str, Definition]]:
        """Public functions and classes of the module, and the public methods of those classes."""
        for node in self.tree.body:
            if not isinstance(node, Definition) or node.name.startswith("_"):
                continue
            yield self.label(node), node
            if isinstance(node, ast.ClassDef):
                for member in node.body:
                    if isinstance(member, Function) and not member.name.startswith("_"):
                        yield self.label(member, owner=node.name), member

    def label(self, node: Definition, *, owner: str = "") -> str:
        """Where a definition stands, for `--list`."""
        return f"{self.path}:{node.lineno} {owner + '.' if owner else ''}{node.name}"


def read_modules(folder: Path) -> list[Module]:
    """Reads all Python files below a folder, in the order of their paths."""
    return [
        Module(path.relative_to(folder), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
        if "__pycache__" not in path.parts
    ]


def count_lines(function: Function) -> int:
    """Lines of a function from ``def`` to its end, without those of its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def parameters(function: Function) -> list[ast.arg]:
    """All parameters, without ``self`` and ``cls``."""
    a = function.args
    named = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
    return [arg for arg in named if arg is not None and arg.arg not in ("self", "cls")]


def is_annotated(function: Function) -> bool:
    """Whether every parameter and the result have a type."""
    return function.returns is not None and all(arg.annotation for arg in parameters(function))


def is_kernel(function: Function) -> bool:
    """Whether Numba compiles the function."""
    return any("njit" in ast.unparse(decorator) for decorator in function.decorator_list)


def is_overload(node: Definition) -> bool:
    """Whether the definition is only a signature; the last of them has the docstring."""
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def size_rows(modules: Sequence[Module]) -> list[Row]:
    """Files, functions and parameter lists that are too long."""
    files = [
        f"{module.path} {module.num_lines}" for module in modules if module.num_lines > FILE_LINES
    ]
    functions = [
        f"{label} {count_lines(function)}"
        for module in modules
        for label, function in module.functions()
        if count_lines(function) > FUNCTION_LINES
    ]
    wide: dict[bool, list[str]] = {False: [], True: []}
    for module in modules:
        for label, function in module.functions():
            if len(parameters(function)) > PARAMETERS:
                kernel = module.has_only_kernels or is_kernel(function)
                wide[kernel].append(f"{label} {len(parameters(function))}")
    return [
        _at_most(f"files over {FILE_LINES} lines", files, 0),
        _at_most(f"functions over {FUNCTION_LINES} lines, without docstrings", functions, 0),
        _at_most(
            f"functions with more than {PARAMETERS} parameters, outside kernels",
            wide[False],
            WIDE_FUNCTIONS,
        ),
        Row("the same among kernels", str(len(wide[True])), offenders=wide[True]),
    ]


def public_rows(modules: Sequence[Module]) -> list[Row]:
    """How many public names have types and docstrings."""
    public = [
        (label, node)
        for module in modules
        for label, node in module.public()
        if not is_overload(node)
    ]
    functions = [(label, node) for label, node in public if isinstance(node, Function)]
    untyped = [label for label, node in functions if not is_annotated(node)]
    silent = [label for label, node in public if not ast.get_docstring(node)]
    return [
        _share("public functions fully annotated", untyped, len(functions), 100.0),
        _share(
            "public functions, classes, methods documented",
            silent,
            len(public),
            DOCUMENTED_PERCENT,
        ),
    ]


def test_rows(modules: Sequence[Module], tests: Sequence[Module]) -> list[Row]:
    """Whether `tests/` mirrors the package."""
    sources = {module.path for module in modules}
    packages = {path.parent for path in sources if path.name == "__init__.py"}
    test_paths = {test.path for test in tests if test.path.name.startswith("test_")}
    alone = [
        str(path)
        for path in sorted(test_paths)
        if path.parent != Path() and not _has_twin(path, sources, packages)
    ]
    untested = [
        f"{module.path} {module.num_lines}"
        for module in modules
        if module.num_lines > TESTED_FROM_LINES
        and not module.is_facade
        and test_path(module.path) not in test_paths
    ]
    return [
        _at_most("test modules without a twin in src", alone, 0),
        _at_most(f"modules over {TESTED_FROM_LINES} lines without a test module", untested, 0),
    ]


def test_path(source: Path) -> Path:
    """The test module of a module: ``a/_c.py`` has ``a/test_c.py``, ``a/b/__init__.py`` has
    ``a/b/test_b.py``."""
    if source.name == "__init__.py":
        return source.parent / f"test_{source.parent.name}.py"
    return source.parent / f"test_{source.stem.strip('_')}.py"


def _has_twin(test: Path, sources: set[Path], packages: set[Path]) -> bool:
    name = test.stem.removeprefix("test_")
    folder = test.parent
    twins = {folder / f"{name}.py", folder / f"_{name}.py", folder / f"__{name}__.py"}
    return bool(twins & sources) or (folder in packages and folder.name == name)


def verb_rows() -> list[Row]:
    """Whether each verb of the command has a dataclass of settings."""
    table = verb_table()
    without = [name for name, verb in table.items() if not is_dataclass(verb.settings())]
    return [_share("verbs with a settings object", without, len(table), 100.0)]


def verb_table() -> dict[str, Any]:
    """The verbs of the command by name."""
    table: dict[str, Any] = importlib.import_module("scenewright.pipelines.table").VERBS
    return table


def time_rows() -> list[Row]:
    """How long the command needs to show help, and Python to import the package."""
    command = [sys.executable, "-m", "scenewright"]
    measure = (
        "from time import perf_counter as now; start = now(); import scenewright; "
        "print(now() - start)"
    )
    imports = [float(_run([sys.executable, "-c", measure])) for _ in range(RUNS)]
    rows = [_time("import scenewright", median(imports), IMPORT_SECONDS)]
    for words in [[], *(name.split() for name in verb_table())]:
        seconds = []
        for _ in range(RUNS):
            start = perf_counter()
            _run([*command, *words, "--help"])
            seconds.append(perf_counter() - start)
        name = " ".join(["scenewright", *words, "--help"])
        rows.append(_time(name, median(seconds), HELP_SECONDS))
    return rows


def _run(command: Sequence[str]) -> str:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def _at_most(what: str, offenders: Sequence[str], goal: int) -> Row:
    count = len(offenders)
    return Row(what, str(count), f"<= {goal}" if goal else "0", count <= goal, offenders=offenders)


def _share(what: str, offenders: Sequence[str], total: int, goal: float) -> Row:
    percent = 100.0 * (total - len(offenders)) / total if total else 0.0
    value = f"{percent:.1f} % ({total - len(offenders)} of {total})"
    text = f">= {goal:.0f} %" if goal < 100 else "100 %"
    return Row(what, value, text, percent >= goal, offenders=offenders)


def _time(what: str, seconds: float, goal: float) -> Row:
    return Row(what, f"{seconds:.3f} s", f"< {goal} s", seconds < goal, structural=False)


def table_lines(rows: Sequence[Row], *, with_offenders: bool) -> Iterator[str]:
    """The table as text, with the offenders below each row if asked."""
    width = max(len(row.what) for row in rows)
    for row in rows:
        verdict = ("ok" if row.met else "MISSED") if row.goal else ""
        yield f"{row.what:<{width}}  {row.value:<24}  {row.goal:<9}  {verdict}".rstrip()
        if with_offenders:
            yield from (f"    {offender}" for offender in row.offenders)


def main() -> int:
    """Prints the table.

    Returns:
        Exit code: 1 if a goal of the structure is missed.
    """
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--list", action="store_true", help="print what misses each goal")
    parser.add_argument("--no-times", action="store_true", help="skip the start-up times")
    options = parser.parse_args()
    sys.path.insert(0, str(SOURCE.parent))
    modules = read_modules(SOURCE)
    rows = [
        *size_rows(modules),
        *public_rows(modules),
        *test_rows(modules, read_modules(TESTS)),
        *verb_rows(),
        *([] if options.no_times else time_rows()),
    ]
    sys.stdout.write("\n".join(table_lines(rows, with_offenders=options.list)) + "\n")
    return int(any(row.structural and not row.met for row in rows))


if __name__ == "__main__":
    sys.exit(main())
