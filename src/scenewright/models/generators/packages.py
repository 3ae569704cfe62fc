"""Published packages of weights: folders or repositories with a file that lists their networks.

``pipeline.json`` is that of TRELLIS and SceneGen, ``iscene_config.json`` that of I-Scene.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenewright.core import WeightsError, require
from scenewright.models.model_card import ModelCard
from scenewright.models.weights import (
    OPTION,
    WeightsRef,
    hub_cache,
    is_offline,
    keyword_of,
    parse_weights,
)

PIPELINE, ISCENE = "pipeline.json", "iscene_config.json"
SUFFIXES = (".safetensors", ".pt", ".pth")
"""Of weight files, in the order in which they are looked for."""
PICKLES = SUFFIXES[1:]
DECODERS = ("slat_decoder_gs", "slat_decoder_mesh")
STAGES = ("sparse_structure_flow_model", "sparse_structure_decoder", "slat_flow_model", *DECODERS)
"""The networks of a pipeline that are used, by their published names."""
_ELASTIC = "Elastic"
"""Prefix of published classes that differ only in how they are trained."""


@dataclass(frozen=True)
class NetworkFile:
    """One network of a package.

    Attributes:
        network: Published class.
        args: Published arguments.
        path: The weights.
    """

    network: str
    args: Mapping[str, Any]
    path: Path


@dataclass(frozen=True)
class SamplerFile:
    """Published settings of a sampler; see `SamplerSettings`."""

    steps: int = 25
    guidance: float = 5.0
    interval: tuple[float, float] = (0.5, 1.0)
    rescale: float = 3.0
    sigma_min: float = 1e-5


@dataclass(frozen=True)
class PipelineFiles:
    """What a published pipeline consists of.

    Attributes:
        networks: By their published names, those of `STAGES`.
        samplers: ``structure`` and ``latents``.
        mean: Per channel of structured latents.
        std: Likewise.
        conditioner: The image encoder, if it is part of the package.
        geometry: Repository of VGGT that SceneGen's file names, or None.
    """

    networks: Mapping[str, NetworkFile]
    samplers: Mapping[str, SamplerFile]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    conditioner: NetworkFile | None = None
    geometry: str | None = None


@dataclass(frozen=True)
class Package:
    """A folder of files, on this machine or in a repository of the hub.

    Attributes:
        reference: Where it is.
        backend: Name of the backend that uses it, for messages.
        index: Name of the file that lists the networks.
        option: Option of the command that takes the reference, for messages.
    """

    reference: WeightsRef
    backend: str
    index: str
    option: str = OPTION
    _found: dict[str, Path] = field(default_factory=dict, compare=False)

    @classmethod
    def open(cls, reference: str, *, backend: str, index: str, option: str = OPTION) -> Package:
        """Opens a package; a repository is downloaded file by file, as files are needed.

        Args:
            reference: ``file:FOLDER`` or ``hub:ORG/REPO[@REVISION]``.
            backend: Name of the backend that uses it.
            index: Name of the file that lists the networks.
            option: Option of the command that takes the reference, for messages.

        Raises:
            WeightsError: The reference is wrong.
        """
        wanted = parse_weights(reference)
        if wanted.kind == "builtin" or wanted.file is not None:
            raise WeightsError(
                f"Weights {wanted} of backend '{backend}'",
                expected=f"file:FOLDER or hub:ORG/REPO, with {index} in it",
                got="a single file" if wanted.file else "weights of the package",
            )
        return cls(wanted, backend, index, option)

    def file(self, name: str) -> Path:
        """A file of the package, which is downloaded if it is not on this machine.

        Raises:
            WeightsError: There is no such file, or it cannot be downloaded.
        """
        path = self._file_or_none(name)
        if path is not None:
            return path
        if self.reference.kind == "hub":
            expected = f"the file {name} in the repository"
            raise self._wrong(name, expected=expected, got="none")
        raise self._wrong(
            name,
            expected=f"the file {name} in {self._folder()}",
            got="none",
            do=f"Check the path after {self.option}; a package is a folder.",
        )

    def has(self, name: str) -> bool:
        """Whether the package has a file, which is downloaded if it is not on this machine.

        Raises:
            WeightsError: It cannot be downloaded.
        """
        return self._file_or_none(name) is not None

    def _file_or_none(self, name: str) -> Path | None:
        if name not in self._found:
            path = self.find(name)
            if path is None and self.reference.kind == "hub":
                path = self._downloaded(name)
            if path is None:
                return None
            self._found[name] = path
        return self._found[name]

    def find(self, name: str) -> Path | None:
        """A file of the package if it is on this machine."""
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise self._wrong(name, expected="a path inside the package", got=name)
        path = self._folder() / name
        return path if path.is_file() else None

    def first(self, stem: str) -> Path:
        """The weights of a network, whose name is given without suffix.

        Raises:
            WeightsError: There are none.
        """
        local = [self.find(f"{stem}{suffix}") for suffix in SUFFIXES]
        for path in local:
            if path is not None:
                return path
        for suffix in SUFFIXES:
            path = self._file_or_none(f"{stem}{suffix}")
            if path is not None:
                return path
        raise self._wrong(
            stem, expected=" or ".join(f"{stem}{s}" for s in SUFFIXES), got="none of them"
        )

    def json(self, name: str) -> dict[str, Any]:
        """The content of a JSON file of the package.

        Raises:
            WeightsError: It is missing, damaged or no object.
        """
        path = self.file(name)
        try:
            value = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise self._wrong(name, expected="JSON", got=f"{error}") from error
        if not isinstance(value, dict):
            raise self._wrong(name, expected="a JSON object", got=type(value).__name__)
        return value

    def _folder(self) -> Path:
        wanted = self.reference
        if wanted.kind == "file":
            return Path(wanted.target).expanduser()
        folder = hub_cache() / f"models--{wanted.target.replace('/', '--')}"
        ref = folder / "refs" / (wanted.revision or "main")
        commit = ref.read_text("utf-8").strip() if ref.is_file() else wanted.revision or "main"
        return folder / "snapshots" / commit

    def _downloaded(self, name: str) -> Path | None:
        """A file of the repository; None if it has none of this name."""
        wanted = self.reference
        forbidden = is_offline()
        if forbidden:
            raise self._absent(name, f"none, and {forbidden} forbids the network")
        hub = require("huggingface_hub", extra="models")
        try:
            folder = hub.snapshot_download(
                wanted.target,
                revision=wanted.revision,
                cache_dir=hub_cache(),
                allow_patterns=[name],
            )
        except Exception as error:
            # The errors of the hub, of its HTTP library and of the disk have no common base class.
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise self._absent(name, f"none, and the download failed ({reason})") from error
        path = Path(folder) / name
        return path if path.is_file() else None

    def _absent(self, name: str, got: str) -> WeightsError:
        return self._wrong(
            name,
            expected=f"a copy in {hub_cache()}",
            got=got,
            do=f"With a network, run: scenewright models download {self.backend}. Without one, "
            f"download https://huggingface.co/{self.reference.target} elsewhere, copy the folder "
            f"here, and pass {self.option} file:FOLDER (in Python {keyword_of(self.option)}="
            "'file:FOLDER').",
        )

    def _wrong(self, name: str, *, expected: str, got: str, do: str | None = None) -> WeightsError:
        what = f"Weights {self.reference} of backend '{self.backend}': {name}"
        return WeightsError(what, expected=expected, got=got, do=do)


def read_pipeline(package: Package) -> PipelineFiles:
    """Reads ``pipeline.json`` and the descriptions of the networks that it names.

    Raises:
        WeightsError: A file is missing or damaged, or lacks an entry.
    """
    index = package.json(PIPELINE)
    try:
        args = index["args"]
        networks = {name: _network(package, str(args["models"][name])) for name in STAGES}
        normalization = args["slat_normalization"]
        return PipelineFiles(
            networks,
            {
                "structure": _sampler(args["sparse_structure_sampler"]),
                "latents": _sampler(args["slat_sampler"]),
            },
            tuple(map(float, normalization["mean"])),
            tuple(map(float, normalization["std"])),
            geometry=args.get("vggt_model"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(package, PIPELINE, error) from error


def read_iscene(package: Package, *, base: str | None) -> PipelineFiles:
    """Reads ``iscene_config.json``, its YAML file, and the pipeline of TRELLIS that it extends.

    Args:
        package: The package of I-Scene.
        base: Reference of the package of TRELLIS; None takes the repository that the file names.

    Raises:
        WeightsError: A file is missing or damaged, or lacks an entry.
    """
    import yaml

    index = package.json(ISCENE)
    try:
        base_id, config_file = str(index["base_model_id"]), str(index["config_file"])
        flow_path = package.file(str(index["denoiser_checkpoint"]))
        encoder_path = package.file(str(index["image_conditioner_checkpoint"]))
        config = yaml.safe_load(package.file(config_file).read_text("utf-8"))
        models = config["models"]
        setting = config["dataset"]["args"]["exp_setting"]
        flow_args = {**models["denoiser"]["args"], "exp_setting": setting}
        encoder_args = dict(models["img_conditioner"]["args"])
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise _damaged(package, ISCENE, error) from error
    trellis = Package.open(
        base or f"hub:{base_id}", backend=package.backend, index=PIPELINE, option="--base-weights"
    )
    below = read_pipeline(trellis)
    flow = NetworkFile("SparseStructureSceneContextFlowModel", flow_args, flow_path)
    return PipelineFiles(
        {**below.networks, "sparse_structure_flow_model": flow},
        {
            name: SamplerFile(25, 3.0, sampler.interval, sampler.rescale, sampler.sigma_min)
            for name, sampler in below.samplers.items()
        },
        below.mean,
        below.std,
        NetworkFile("ImageConditioner", encoder_args, encoder_path),
    )


def read_default(card: ModelCard) -> PipelineFiles:
    """The files of the default weights of a generator, downloaded where they are missing.

    Raises:
        WeightsError: A file cannot be downloaded or read.
    """
    package = Package.open(str(card.weights), backend=card.name, index=str(card.package))
    return read_iscene(package, base=None) if card.package == ISCENE else read_pipeline(package)


def _network(package: Package, stem: str) -> NetworkFile:
    description = package.json(f"{stem}.json")
    name = str(description["name"]).removeprefix(_ELASTIC)
    return NetworkFile(name, dict(description["args"]), package.first(stem))


def _sampler(entry: Mapping[str, Any]) -> SamplerFile:
    params = entry["params"]
    low, high = params.get("cfg_interval", (0.0, 1.0))
    return SamplerFile(
        int(params["steps"]),
        float(params["cfg_strength"]),
        (float(low), float(high)),
        float(params.get("rescale_t", 1.0)),
        float(entry["args"]["sigma_min"]),
    )


def _damaged(package: Package, name: str, error: Exception) -> WeightsError:
    missing = f"an entry '{error.args[0]}'" if isinstance(error, KeyError) else "a readable file"
    return WeightsError(
        f"Weights {package.reference} of backend '{package.backend}': {name}",
        expected=missing,
        got="none" if isinstance(error, KeyError) else f"{error}",
    )
