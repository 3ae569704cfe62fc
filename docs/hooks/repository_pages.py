"""Pages made from files of the repository that are not in `docs/`.

README.md becomes the first page, and CONTRIBUTING.md and CHANGELOG.md become pages. The scripts of
`examples/` become one page, with what each one's docstring says and its source. Links between these
files and the pages of `docs/` are rewritten: one link works on the site and in the repository.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Page of the site for each file at the root of the repository."""
EXAMPLES = "examples.md"

_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)\s#]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages."""
    for source, page in PAGES.items():
        text = (CHECKOUT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=rewrite_links(text, source=source)))
    files.append(File.generated(config, EXAMPLES, content=examples_page()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrites the links of the pages in `docs/`."""
    if page.file.generated_by is not None:
        return markdown
    return rewrite_links(markdown, source=f"docs/{page.file.src_uri}")


def rewrite_links(markdown: str, *, source: str) -> str:
    """Makes relative links of a file of the repository relative to its page on the site.

    Args:
        markdown: Text of the file.
        source: Its path in the repository.

    Returns:
        The text; links to files that have no page are left as they are, for MkDocs to complain.
    """
    folder = PurePosixPath(page_of(source) or source).parent

    def replace(match: re.Match[str]) -> str:
        link = match.group(1)
        target = page_of(normpath(PurePosixPath(source).parent / link))
        return link if target is None else relpath(target, folder)

    return _LINK.sub(replace, markdown)


def page_of(path: str) -> str | None:
    """Path of a file of the repository inside the site; None if it is not on the site."""
    if path in PAGES:
        return PAGES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.split("/")[0] == "examples" and (CHECKOUT / path).exists():
        return EXAMPLES
    return None


def examples_page() -> str:
    """The gallery: title, description and source of every script, in the order of their folders."""
    parts = ["# Examples\n"]
    for path in sorted((CHECKOUT / "examples").rglob("*.py")):
        if path.name.startswith(("test_", "_")):
            continue
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        docstring = ast.get_docstring(tree)
        title, _, body = (docstring or path.stem).partition("\n")
        code = text.splitlines()[(tree.body[0].end_lineno or 0) if docstring else 0 :]
        description = body.strip("\n")
        source = "\n".join(code).strip()
        name = path.relative_to(CHECKOUT).as_posix()
        parts.append(f"## {title.strip().rstrip('.')}\n\n{description}\n")
        parts.append(f'``` {{.python title="{name}"}}\n{source}\n```\n')
    return "\n".join(parts)
