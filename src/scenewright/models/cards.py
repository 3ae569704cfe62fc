"""Facts about the backends, kept apart from their code so that reading them imports nothing."""

from __future__ import annotations

from dataclasses import replace

from scenewright.models.language_cards import LANGUAGE_CARDS
from scenewright.models.model_card import NOT_MEASURED, ModelCard

EXTRAS: dict[str, tuple[str, ...]] = {
    "torch": ("torch",),
    "models": ("torch", "transformers", "huggingface_hub"),
    "lora": ("torch", "transformers", "huggingface_hub", "peft"),
}
"""Extra of Scenewright -> the packages that its backends import."""

_DEPTH_EDGES = ModelCard(
    name="masks/depth-edges",
    slot="MaskProposer",
    description=(
        "Splits a depth image at steps and concave creases, joins convex surfaces, and uses color "
        "to separate objects that touch. Needs no weights."
    ),
    source="written from the papers, with planes fitted in inverse depth",
    code_license="Apache-2.0",
    input="depth and camera; image where there is one",
    speed="30 to 39 ms per 640 x 480 frame on two cores of an AMD EPYC",
    mixes_walls=True,  # where their corner is not seen
    paper="Stein et al., CVPR 2014; Felzenszwalb and Huttenlocher, IJCV 2004",
)

_MASK_FOLDER = ModelCard(
    name="masks/folder",
    slot="MaskProposer",
    description=(
        "Reads masks that another program wrote, with their labels: id maps with or without "
        "embeddings, a folder per category or frame, or COCO run lengths."
    ),
    source="written for Scenewright from the format descriptions",
    code_license="Apache-2.0",
    input="a folder or a JSON file, matched to the frames by name",
    speed="limited by reading the files",
    needs_files=True,
)

_TINY_RGBD = ModelCard(
    name="masks/tiny-rgbd",
    slot="MaskProposer",
    description=(
        "A small network that predicts from color and depth which pixels belong to one object, "
        "combined with depth edges. Its weights are in the wheel; it runs on numpy alone."
    ),
    source="written for Scenewright; trained by 'scenewright train masks' on synthetic worlds only",
    code_license="Apache-2.0",
    weights="builtin:masks-tiny-rgbd",
    weights_sha256="284640d7e463f46643002dd15bfcfd40ec5b974b212814ce1d51b016e4d229db",
    weights_license="Apache-2.0",
    input="depth and camera; image where there is one",
    speed="about 90 ms per 640 x 480 frame (mOSD) on two cores of an AMD EPYC",
    memory="200 MB of main memory for a 640 x 480 frame",
    paper=(
        "Ronneberger et al., MICCAI 2015 (network); Bailoni et al., CVPR 2022 (merging by mean "
        "affinity)"
    ),
)

_PARTS = replace(
    _TINY_RGBD,
    name="masks/parts",
    description=(
        "Parts of objects, bounded by depth edges and small on purpose, and which of them the "
        "network of masks/tiny-rgbd takes for one object. Made for the learned merging of segment."
    ),
    speed="59 ms per 640 x 480 frame on average (7-Scenes kitchen), two cores of an AMD EPYC",
)

_REGION_GROWING = ModelCard(
    name="prompt/region-growing",
    slot="PromptSegmenter",
    description=(
        "The object in a box, or at points: pixels whose color (and depth) is more like that of "
        "the middle than like that around the box. Needs no weights."
    ),
    source="written for Scenewright",
    code_license="Apache-2.0",
    input="image; depth where it is given as an option",
    speed=NOT_MEASURED,
)

_NOT_RUN = "not measured: the published weights were not available to us"

_SAM = ModelCard(
    name="masks/sam",
    slot="MaskProposer",
    other_slots=("PromptSegmenter",),
    description=(
        "Segment Anything: masks of everything from a grid of points, or of one object from points "
        "and a box. Masks overlap: a part and its whole are separate masks."
    ),
    source="wraps SamModel of transformers; point grid, filters and suppression written here",
    code_license="Apache-2.0",
    input="image",
    speed=_NOT_RUN,
    memory=_NOT_RUN,
    weights="hub:facebook/sam-vit-base",
    weights_license="Apache-2.0",
    extra="models",
    paper="Kirillov et al., ICCV 2023",
)

_SAM2 = ModelCard(
    name="masks/sam2",
    slot="MaskProposer",
    other_slots=("PromptSegmenter",),
    description=(
        "Segment Anything 2 on single images: like masks/sam, with a smaller and faster network. "
        "Its video memory is not used."
    ),
    source="wraps Sam2Model of transformers; the rest written here, without torchvision",
    code_license="Apache-2.0",
    input="image",
    speed=_NOT_RUN,
    memory=_NOT_RUN,
    weights="hub:facebook/sam2.1-hiera-tiny",
    weights_license="Apache-2.0",
    extra="models",
    paper="Ravi et al., ICLR 2025",
)

_SAM3 = ModelCard(
    name="masks/sam3",
    slot="MaskProposer",
    description=(
        "Segment Anything 3 on single images: finds all objects of the concepts that a list of "
        "words names, and labels its masks with them. Its video memory is not used."
    ),
    source="wraps Sam3Model of transformers; filters and suppression written here",
    code_license="Apache-2.0",
    input="image, and a list of words (option concepts)",
    speed=_NOT_RUN,
    memory=_NOT_RUN,
    weights="hub:facebook/sam3",
    weights_license="SAM License; access is granted on the model's page",
    extra="models",
    paper="Carion et al., arXiv:2511.16719, 2025",
)

_MASK2FORMER = ModelCard(
    name="masks/mask2former",
    slot="MaskProposer",
    description=(
        "Mask2Former: one mask per query that is more likely an object than nothing, labeled with "
        "its best class. The default weights know the 80 object classes of COCO. CropFormer, which "
        "finds any entity, is not in transformers; use its masks through masks/folder."
    ),
    source="wraps Mask2FormerForUniversalSegmentation of transformers; the rest written here",
    code_license="Apache-2.0",
    input="image",
    speed=_NOT_RUN,
    memory=_NOT_RUN,
    weights="hub:facebook/mask2former-swin-small-coco-instance",
    weights_license="'other' on the model's page; read the license of Mask2Former before use",
    extra="models",
    paper="Cheng et al., CVPR 2022",
)

_CLIP = ModelCard(
    name="embed/clip",
    slot="ImageEncoder",
    description="CLIP: one vector per mask, image or text; all are comparable.",
    source="wraps CLIPModel of transformers; the crops written here",
    code_license="Apache-2.0",
    input="image and masks, or text",
    speed=_NOT_RUN,
    memory=_NOT_RUN,
    weights="hub:openai/clip-vit-base-patch32",
    weights_license="none on the model's page; the code of CLIP is MIT",
    extra="models",
    paper="Radford et al., ICML 2021",
)

_SIGLIP2 = ModelCard(
    name="embed/siglip2",
    slot="ImageEncoder",
    description=(
        "SigLIP 2 with a fixed image size: one vector per mask, image or text in many languages."
    ),
    source="wraps SiglipModel of transformers; the crops written here",
    code_license="Apache-2.0",
    input="image and masks, or text",
    speed=_NOT_RUN,
    memory=_NOT_RUN,
    weights="hub:google/siglip2-base-patch16-224",
    weights_license="Apache-2.0",
    extra="models",
    paper="Tschannen et al., arXiv:2502.14786, 2025",
)

_UNI3D = ModelCard(
    name="points/uni3d",
    slot="PointEncoder",
    description=(
        "Uni3D-g: one vector per object from its colored points. Needs a checkpoint of yours."
    ),
    source="written from the paper and the names in published checkpoints",
    code_license="Apache-2.0",
    input="points of objects",
    speed=_NOT_RUN,
    memory=_NOT_RUN,
    extra="torch",
    needs_files=True,
    paper="Zhou et al., ICLR 2024",
)

_DINO_WEIGHTS = "hub:facebook/dinov2-with-registers-large"
_VGGT_WEIGHTS = "hub:facebook/VGGT-1B"

_TINY_GENERATOR = ModelCard(
    name="generate/tiny",
    slot="SceneGenerator",
    description=(
        "Small networks taught on synthetic worlds alone: the shape of each object in the axes of "
        "the view, and its place. Its weights are in the wheel. Coarse: 32 voxels per side."
    ),
    source="written for Scenewright; trained by 'scenewright train encoder'",
    code_license="Apache-2.0",
    input="pictures with a mask per object; depth where it is known",
    speed="8 s of CPU time for a picture with three objects, files included (AMD EPYC)",
    memory="0.5 GB of main memory for a picture with three objects",
    weights="builtin:generate-tiny",
    weights_sha256="69fda2e89573b52b6e929f799fee2b0ca9eb144a24ed7e53a8283f6ed0838041",
    weights_license="Apache-2.0",
    extra="torch",
    paper="I-Scene (Ling et al., CVPR 2026) and TRELLIS (Xiang et al., CVPR 2025), made small",
)

_TRELLIS = ModelCard(
    name="sceneflow/trellis",
    slot="SceneGenerator",
    description=(
        "TRELLIS image-large: each object of a picture on its own, as a mesh and Gaussians. "
        "Predicts no layout."
    ),
    source="networks and pipeline written for Scenewright; weights load by their published names",
    code_license="Apache-2.0",
    input="pictures with a mask per object",
    speed=_NOT_RUN,
    memory="estimated before loading: 'scenewright generate' says how much it needs",
    weights="hub:microsoft/TRELLIS-image-large",
    weights_license="MIT; the image encoder: Apache-2.0",
    extra="models",
    package="pipeline.json",
    further_weights=(_DINO_WEIGHTS,),
    paper="Xiang et al., CVPR 2025",
)

_SCENEGEN = replace(
    _TRELLIS,
    name="sceneflow/scenegen",
    description=(
        "SceneGen: all objects of a picture together, with poses relative to the first one, which "
        "is that with the largest mask."
    ),
    weights="hub:haoningwu/SceneGen",
    weights_license=(
        "MIT; the image encoder: Apache-2.0; VGGT-1B: its license, non-commercial use only"
    ),
    further_weights=(_DINO_WEIGHTS, _VGGT_WEIGHTS),
    paper="Meng et al., 3DV 2026",
)

_ISCENE = replace(
    _TRELLIS,
    name="sceneflow/iscene",
    description=(
        "I-Scene: each object in the cube of the scene, whose axes follow the camera; guided by "
        "the shape of the whole scene."
    ),
    weights="hub:LuLing/IScene",
    weights_license="MIT; TRELLIS image-large, which it extends: MIT",
    package="iscene_config.json",
    further_weights=("hub:microsoft/TRELLIS-image-large",),
    paper="Ling et al., CVPR 2026",
)

_TINY_NAMES = ModelCard(
    name="names/tiny",
    slot="ObjectNamer",
    other_slots=("PointEncoder",),
    description="Names objects by shape, size, place and color: 49 families of worlds, or other.",
    source="written for Scenewright; trained by 'scenewright train names' on synthetic objects",
    code_license="Apache-2.0",
    weights="builtin:names-tiny",
    weights_sha256="b1bef9580188604f85a56fe6c53b17084b4f0163557b3646fbaa3700e97b47b9",
    weights_license="Apache-2.0",
    input="points, meshes or surfels of the objects",
    speed="a few ms per object on one core of an AMD EPYC",
)

_SYMMETRY = ModelCard(
    name="complete/symmetry",
    slot="ShapeCompleter",
    description=(
        "Completes partly seen objects from planes and axes of symmetry, from the support, and "
        "from what the seen surface encloses. Needs no weights."
    ),
    source="written for Scenewright",
    code_license="Apache-2.0",
    input="a grid of occupied, free and unknown cells, and the direction of gravity",
    speed="about 0.3 s per object at 64 cells along an edge, on one core of an AMD EPYC",
    paper="Mitra et al., SIGGRAPH 2006 (search of symmetries)",
)

_TINY_COMPLETER = replace(
    _TINY_GENERATOR,
    name="complete/tiny",
    slot="ShapeCompleter",
    description="A small network taught on synthetic worlds alone. Coarse: 32 cells along an edge.",
    source="written for Scenewright; trained by 'scenewright train completion'",
    weights="builtin:complete-tiny",
    weights_sha256="b6a6f83f69f174b2461f78f8e9b56029871b4d6eb83359d216e7af651804eb70",
    input="a grid of occupied, free and unknown cells, and the direction of gravity",
    speed="about 0.3 s per object, one core of an AMD EPYC",
    memory="0.3 GB of main memory",
)

_HULL = replace(
    _SYMMETRY,
    name="complete/hull",
    description=(
        "Completes objects by their convex hull, less what is known to be free: a baseline that "
        "needs no weights."
    ),
    speed="about 10 ms per object at 64 cells along an edge, on one core of an AMD EPYC",
    paper=None,
)

CARDS: dict[str, ModelCard] = {
    card.name: card
    for card in (
        _DEPTH_EDGES,
        _TINY_RGBD,
        _PARTS,
        _MASK_FOLDER,
        _REGION_GROWING,
        _SAM,
        _SAM2,
        _SAM3,
        _MASK2FORMER,
        _CLIP,
        _SIGLIP2,
        _UNI3D,
        _TINY_GENERATOR,
        _TRELLIS,
        _SCENEGEN,
        _ISCENE,
        _TINY_NAMES,
        *LANGUAGE_CARDS,
        _SYMMETRY,
        _TINY_COMPLETER,
        _HULL,
    )
}
"""Registry name to card."""
