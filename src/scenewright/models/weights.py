"""Weights of networks: one string states where they are, and they are never replaced by others.

The grammar is ``builtin:NAME``, ``file:PATH`` or ``hub:ORG/REPO[@REVISION][:FILE]``. Weights are
read from safetensors files only, because older formats can run code when they are opened.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import logging
import os
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from scenewright.core import WeightsError, require
from scenewright.models.cards import CARDS

_LOG = logging.getLogger("scenewright.models")
_GRAMMAR = "builtin:NAME, file:PATH or hub:ORG/REPO[@REVISION][:FILE]"
_BUILTIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_HUB_NAME = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?(:(?P<file>.+))?")
_SUFFIX = ".safetensors"
_WHOLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_SHARDS = "model-*-of-*.safetensors"
_SETTINGS = ("*.json", "*.txt")
"""Configuration and vocabulary, the only other files that are downloaded."""
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
OPTION = "--weights"
"""Option that takes a reference in most commands."""
_TRUE = {"1", "true", "yes", "on"}
_CHUNK = 1 << 22


@dataclass(frozen=True)
class WeightsRef:
    """Where weights are; ``str()`` returns the reference.

    Attributes:
        kind: ``builtin``, ``file`` or ``hub``.
        target: Name of builtin weights, path, or ``ORG/REPO``.
        revision: Branch, tag or commit of a repository, or None for its main branch.
        file: One safetensors file of a repository, or None for the usual ones.
    """

    kind: Literal["builtin", "file", "hub"]
    target: str
    revision: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        file = f":{self.file}" if self.file else ""
        return f"{self.kind}:{self.target}{revision}{file}"


@dataclass(frozen=True)
class WeightsFile:
    """One weight file on this machine: its path, its size in bytes and its SHA-256."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class LocalWeights:
    """Weights on this machine.

    Attributes:
        reference: The reference that was resolved.
        path: A safetensors file, or the folder of a checkpoint.
        files: The safetensors files, sorted by name.
    """

    reference: WeightsRef
    path: Path
    files: tuple[WeightsFile, ...]

    @property
    def size(self) -> int:
        """Total size of the weight files, bytes."""
        return sum(file.size for file in self.files)

    @property
    def sha256(self) -> str:
        """SHA-256 of the weight file; of several files, the SHA-256 of their hashes in order."""
        if len(self.files) == 1:
            return self.files[0].sha256
        return hashlib.sha256("".join(file.sha256 for file in self.files).encode()).hexdigest()


def parse_weights(text: str) -> WeightsRef:
    """Parses a reference.

    Args:
        text: ``builtin:NAME``, ``file:PATH``, ``hub:ORG/REPO[@REVISION][:FILE]`` or a path.

    Raises:
        WeightsError: It is none of these. Other names are ambiguous, so the error shows both ways.
    """
    if not text.startswith(("builtin:", "file:", "hub:")) and os.path.exists(text):
        return WeightsRef("file", text)
    kind, _, rest = text.partition(":")
    if kind == "builtin" and _BUILTIN_NAME.fullmatch(rest):
        return WeightsRef("builtin", rest)
    if kind == "file" and rest:
        return WeightsRef("file", rest)
    found = _HUB_NAME.fullmatch(rest) if kind == "hub" else None
    if found is not None and _is_plain_file(found["file"]) and ".." not in rest:
        return WeightsRef("hub", found["repo"], found["revision"], found["file"])
    if kind in ("builtin", "file", "hub"):
        raise WeightsError(f"Weights '{text}'", expected=_GRAMMAR, got=f"a wrong {kind} reference")
    other = "hub" if re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", text) else "builtin"
    kinds = {"hub": "a repository of the Hugging Face hub", "builtin": "weights of the package"}
    raise WeightsError(
        f"Weights '{text}'",
        expected=_GRAMMAR,
        got="a name without its kind",
        do=f"Write 'file:{text}' for a path, or '{other}:{text}' for {kinds[other]}.",
    )


def resolve_weights(
    reference: str | WeightsRef,
    *,
    backend: str | None = None,
    license_name: str | None = None,
    sha256: str | None = None,
    refresh: bool = False,
    option: str = OPTION,
) -> LocalWeights:
    """Finds weights on this machine, or downloads them from the hub.

    A repository is looked up in the cache first. If it is not there and network access is allowed,
    its safetensors, json and txt files are downloaded. The result is logged at INFO.

    Args:
        reference: Where the weights are.
        backend: Registry name of the backend that uses them, for messages.
        license_name: License of the weights, for the log.
        sha256: Expected `LocalWeights.sha256`, or None to accept any.
        refresh: Whether to query the hub, where that is allowed, for files that the cached copy
            lacks and for a newer version.
        option: Option of the command that takes this reference, for messages.

    Raises:
        WeightsError: The weights are missing, contain no safetensors, cannot be downloaded, or
            have another hash.
        MissingExtraError: They must be downloaded and huggingface_hub is not installed.
    """
    wanted = parse_weights(reference) if isinstance(reference, str) else reference
    path = _locate(wanted)
    if wanted.kind == "hub" and (path is None or (refresh and not is_offline())):
        path = _download(wanted, backend, option)
    if path is None:
        raise _missing(wanted, backend)
    local = LocalWeights(wanted, path, _describe(path, wanted))
    _LOG.info(
        "weights %s%s: %s, %.1f MB, license %s, sha256 %s",
        wanted,
        f" for {backend}" if backend else "",
        path,
        local.size / 1e6,
        license_name or "unknown",
        local.sha256,
    )
    if sha256 is not None and local.sha256 != sha256.lower():
        raise WeightsError(
            f"Weights {wanted} in {path} are not the expected ones",
            expected=f"sha256 {sha256.lower()}",
            got=local.sha256,
            do="They are damaged or another version; download them again.",
        )
    return local


def keyword_of(option: str) -> str:
    """The argument in Python that an option of the command sets."""
    return option.removeprefix("--").replace("-", "_")


def named_by(error: WeightsError, option: str) -> WeightsError:
    """The same error where weights are given by another option than `OPTION`."""
    do = error.do
    if do is not None:
        do = do.replace(f"{OPTION} ", f"{option} ")
        do = do.replace(f"Python {keyword_of(OPTION)}=", f"Python {keyword_of(option)}=")
    return WeightsError(error.what, expected=error.expected, got=error.got, do=do)


def find_weights(reference: str | WeightsRef) -> LocalWeights | None:
    """Weights that are already on this machine, with their hashes, or None. Uses no network.

    Raises:
        WeightsError: The reference is wrong, or there are no safetensors at its target.
    """
    wanted = parse_weights(reference) if isinstance(reference, str) else reference
    path = _locate(wanted)
    return None if path is None else LocalWeights(wanted, path, _describe(path, wanted))


def is_offline() -> str | None:
    """The environment variable that forbids network access, as ``NAME=value``, or None."""
    for name in ("SCENEWRIGHT_OFFLINE", "HF_HUB_OFFLINE"):
        value = os.environ.get(name, "")
        if value.strip().lower() in _TRUE:
            return f"{name}={value}"
    return None


def hub_cache() -> Path:
    """Folder of downloaded repositories: in ``SCENEWRIGHT_CACHE``, else that of huggingface_hub."""
    cache = os.environ.get("SCENEWRIGHT_CACHE")
    if cache:
        return Path(cache).expanduser() / "hub"
    if os.environ.get("HF_HUB_CACHE"):
        return Path(os.environ["HF_HUB_CACHE"]).expanduser()
    home = os.environ.get("HF_HOME")
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (Path(home) if home else Path(base) / "huggingface").expanduser() / "hub"


def builtin_folder() -> Path:
    """Folder of the weights that come with the package."""
    return Path(str(resources.files("scenewright.models"))) / "weights_builtin"


def _is_plain_file(name: str | None) -> bool:
    if name is None:
        return True
    parts = name.split("/")
    return name.endswith(_SUFFIX) and not {"", "."} & set(parts) and "\\" not in name


def _locate(wanted: WeightsRef) -> Path | None:
    """The file or folder of the weights on this machine, or None."""
    if wanted.kind == "hub":
        return _cached(wanted)
    if wanted.kind == "builtin":
        path = builtin_folder() / f"{wanted.target}{_SUFFIX}"
        return path if path.is_file() else None
    path = Path(wanted.target).expanduser()
    return path if path.exists() else None


def _missing(wanted: WeightsRef, backend: str | None) -> WeightsError:
    what = f"Weights {wanted}{_of(backend)} are missing"
    if wanted.kind == "file":
        return WeightsError(
            what,
            expected="a safetensors file, or a folder with config.json and model.safetensors",
            got=f"nothing at {Path(wanted.target).expanduser()}",
            do="Check the path.",
        )
    known = sorted(path.stem for path in builtin_folder().glob(f"*{_SUFFIX}"))
    return WeightsError(
        what,
        expected=f"one of {', '.join(known)}" if known else "a file of the package",
        got="no such file",
        do="Reinstall scenewright if it should be there.",
    )


def _patterns(wanted: WeightsRef) -> list[str]:
    return [*((wanted.file,) if wanted.file else (_WHOLE, _SHARDS)), *_SETTINGS]


def _cached(wanted: WeightsRef) -> Path | None:
    """A complete copy in the cache; an interrupted download does not count."""
    folder = hub_cache() / f"models--{wanted.target.replace('/', '--')}"
    revision = wanted.revision or "main"
    ref = folder / "refs" / revision
    commit = ref.read_text("utf-8").strip() if ref.is_file() else revision
    snapshot = folder / "snapshots" / commit
    return _complete(snapshot, wanted) if snapshot.is_dir() else None


def _complete(snapshot: Path, wanted: WeightsRef) -> Path | None:
    if wanted.file:
        path = snapshot / wanted.file
        return path if path.is_file() else None
    names = _names_of_weights(snapshot)
    is_whole = bool(names) and all((snapshot / name).is_file() for name in names)
    return snapshot if is_whole and (snapshot / "config.json").is_file() else None


def _names_of_weights(folder: Path) -> list[str]:
    """The safetensors files of a checkpoint: those in its index, or the single file."""
    index = folder / _INDEX
    if (folder / _WHOLE).is_file() or not index.is_file():
        return [_WHOLE] if (folder / _WHOLE).is_file() else []
    try:
        names = {str(name) for name in json.loads(index.read_text("utf-8"))["weight_map"].values()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"Cannot read {index}", expected="an index of weights", got=f"{error!r}"
        ) from error
    if not names or not all("/" not in x and fnmatch.fnmatchcase(x, _SHARDS) for x in names):
        raise WeightsError(f"Cannot read {index}", expected=f"files {_SHARDS}", got=str(names))
    return sorted(names)


def _download(wanted: WeightsRef, backend: str | None, option: str) -> Path:
    forbidden = is_offline()
    if forbidden:
        raise _not_found(wanted, backend, option, f"none, and {forbidden} forbids the network")
    hub = require("huggingface_hub", extra="models")
    try:
        folder = hub.snapshot_download(
            wanted.target,
            revision=wanted.revision,
            cache_dir=hub_cache(),
            allow_patterns=_patterns(wanted),
        )
    except Exception as error:
        # The errors of the hub, of its HTTP library and of the disk have no common base class.
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise _not_found(
            wanted, backend, option, f"none, and the download failed ({reason})"
        ) from error
    path = _complete(Path(folder), wanted)
    if path is None:
        raise WeightsError(
            f"The repository {wanted.target}{_of(backend)} was downloaded to {folder}",
            expected=f"config.json and {wanted.file or _WHOLE} in it",
            got="a repository without them, or an interrupted download",
            do="Only safetensors are read. Some repositories have them in a pull request: pass "
            f"hub:{wanted.target}@refs/pr/NUMBER, or convert them and pass {option} file:PATH.",
        )
    return path


def _not_found(wanted: WeightsRef, backend: str | None, option: str, got: str) -> WeightsError:
    card = CARDS.get(backend or "")
    what = card.name if card is not None and card.weights == str(wanted) else str(wanted)
    return WeightsError(
        f"Weights {wanted}{_of(backend)} are not on this machine",
        expected=f"a copy in {hub_cache()}",
        got=got,
        do=f"With a network, run: scenewright models download {what}. Without one, download "
        f"https://huggingface.co/{wanted.target} elsewhere, copy the folder here, and pass "
        f"{option} file:PATH (in Python {keyword_of(option)}='file:PATH').",
    )


def _of(backend: str | None) -> str:
    return f" of backend '{backend}'" if backend else ""


def _describe(path: Path, wanted: WeightsRef) -> tuple[WeightsFile, ...]:
    """The weight files of a file or folder, with their hashes."""
    if path.is_dir():
        names = _names_of_weights(path)
        if not names:
            raise _no_safetensors(path, wanted)
        paths = [path / name for name in names]
    elif path.suffix == _SUFFIX:
        paths = [path]
    else:
        raise _no_safetensors(path, wanted)
    for file in paths:
        if not file.is_file():
            raise WeightsError(
                f"Weights {wanted} are incomplete",
                expected=f"the file {file.name} that {_INDEX} names",
                got=f"no such file in {path}",
                do="Download it as well.",
            )
    return tuple(WeightsFile(file, file.stat().st_size, file_hash(file)) for file in paths)


def _no_safetensors(path: Path, wanted: WeightsRef) -> WeightsError:
    entries = [path] if path.is_file() else sorted(path.iterdir())
    pickles = [p.name for p in entries if any(fnmatch.fnmatchcase(p.name, x) for x in _PICKLES)]
    return WeightsError(
        f"Weights {wanted} are refused" if pickles else f"Weights {wanted} cannot be used",
        expected=f"{_WHOLE}, alone or in parts with {_INDEX}",
        got=f"only {', '.join(pickles)}, which can run code when opened"
        if pickles
        else f"none in {path}",
        do="If you trust them, convert them to safetensors (save_pretrained of transformers "
        "writes them)."
        if pickles
        else "Give a safetensors file, or the folder of a transformers checkpoint.",
    )


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
