"""The publications that methods of this package follow."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright._version import __version__


@dataclass(frozen=True)
class Reference:
    """A work to cite.

    Attributes:
        key: Key of its BibTeX entry.
        title: Its title.
        year: Year of publication.
        authors: Joined by ``and``, as in BibTeX; empty if only a note is known.
        venue: Where it was published.
        role: What the run used it for.
    """

    key: str
    title: str
    year: int
    authors: str
    venue: str
    role: str

    def as_text(self) -> str:
        """One line."""
        return f"{self.authors}: {self.title}. {self.venue}, {self.year}. [{self.role}]"

    @property
    def _bibtex_authors(self) -> str:
        """The authors; braces keep BibTeX from taking a group for a person's names."""
        return self.authors if "," in self.authors else f"{{{self.authors}}}"

    def as_bibtex(self) -> str:
        """A BibTeX entry."""
        kind, field = ("software", "version") if self.key == "scenewright" else (
            "inproceedings", "booktitle"
        )  # fmt: skip
        return (
            f"@{kind}{{{self.key},\n"
            f"  title = {{{self.title}}},\n"
            f"  author = {{{self._bibtex_authors}}},\n"
            f"  {field} = {{{self.venue}}},\n"
            f"  year = {{{self.year}}},\n"
            f"  note = {{{self.role}}}\n"
            "}"
        )


SCENEWRIGHT = Reference(
    key="scenewright",
    title="Scenewright",
    year=2026,
    authors="The Scenewright developers",
    venue=__version__,
    role="the software",
)
ONLINEANYSEG = Reference(
    key="tang2025onlineanyseg",
    title=(
        "OnlineAnySeg: Online Zero-Shot 3D Segmentation by Visual Foundation Model Guided 2D Mask "
        "Merging"
    ),
    year=2025,
    authors=(
        "Tang, Yijie and Zhang, Jiazhao and Lan, Yuqing and Guo, Yulan and Dong, Dezun and "
        "Zhu, Chenyang and Xu, Kai"
    ),
    venue="CVPR",
    role="rules of the preset onlineanyseg",
)
SURFELS = Reference(
    key="huang20242dgs",
    title="2D Gaussian Splatting for Geometrically Accurate Radiance Fields",
    year=2024,
    authors="Huang, Binbin and Yu, Zehao and Chen, Anpei and Geiger, Andreas and Gao, Shenghua",
    venue="ACM SIGGRAPH Conference Papers",
    role="surfels, their rendering and fitting",
)
INSTASCENE = Reference(
    key="yang2025instascene",
    title=(
        "InstaScene: Towards Complete 3D Instance Decomposition and Reconstruction from Cluttered "
        "Scenes"
    ),
    year=2025,
    authors=(
        "Yang, Zesong and Yang, Bangbang and Dong, Wenqi and Cao, Chenxuan and Cui, Liyuan and "
        "Ma, Yuewen and Cui, Zhaopeng and Bao, Hujun"
    ),
    venue="ICCV",
    role="rules of the preset published",
)
