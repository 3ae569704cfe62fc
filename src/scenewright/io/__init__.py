"""Reading and writing of core types, one module per file format; atomic writing.

`registry` saves and loads by suffix, `descriptions` describes a file, `atomic` writes files and
folders atomically.
"""

from scenewright.io._common import instance_name, member_path, reading
from scenewright.io._gaussians import (
    Gaussians,
    SplatFile,
    join_gaussians,
    move_gaussians,
)
from scenewright.io._glb_parts import gltf_from_world
from scenewright.io._suffixes import scene_comments
from scenewright.io.atomic import atomic_file, atomic_folder, write_bytes, write_text
from scenewright.io.boxes import read_boxes, write_boxes
from scenewright.io.descriptions import Description, describe
from scenewright.io.glb import read_glb, read_glb_mesh, write_glb, write_glb_mesh
from scenewright.io.id_maps import read_id_map, write_id_map, write_id_maps
from scenewright.io.jsonio import json_text, plain_json, read_json, write_json
from scenewright.io.onlineanyseg import read_onlineanyseg, write_onlineanyseg
from scenewright.io.ply import (
    read_ply_columns,
    read_ply_mesh,
    read_ply_points,
    write_ply_mesh,
    write_ply_points,
)
from scenewright.io.point_masks import PointMasks
from scenewright.io.registry import load_scene, save
from scenewright.io.scannet import read_scannet, write_scannet
from scenewright.io.scene_folder import read_scene_folder, write_scene_folder
from scenewright.io.splat_glb import write_splat_glb
from scenewright.io.splat_ply import (
    is_splat_ply,
    read_splat_ply,
    write_gaussian_ply,
    write_splat_ply,
)
from scenewright.io.view_html import write_view

__all__ = [
    "Description",
    "Gaussians",
    "PointMasks",
    "SplatFile",
    "atomic_file",
    "atomic_folder",
    "describe",
    "gltf_from_world",
    "instance_name",
    "is_splat_ply",
    "join_gaussians",
    "json_text",
    "load_scene",
    "member_path",
    "move_gaussians",
    "plain_json",
    "read_boxes",
    "read_glb",
    "read_glb_mesh",
    "read_id_map",
    "read_json",
    "read_onlineanyseg",
    "read_ply_columns",
    "read_ply_mesh",
    "read_ply_points",
    "read_scannet",
    "read_scene_folder",
    "read_splat_ply",
    "reading",
    "save",
    "scene_comments",
    "write_boxes",
    "write_bytes",
    "write_gaussian_ply",
    "write_glb",
    "write_glb_mesh",
    "write_id_map",
    "write_id_maps",
    "write_json",
    "write_onlineanyseg",
    "write_ply_mesh",
    "write_ply_points",
    "write_scannet",
    "write_scene_folder",
    "write_splat_glb",
    "write_splat_ply",
    "write_text",
    "write_view",
]
