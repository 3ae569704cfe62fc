"""Chains across the packages: files in, files out.

Names are imported when they are first used, so that a verb pays only for what it calls.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenewright.pipelines.batch import segment_batch
    from scenewright.pipelines.batch_report import BatchReport, BatchRow
    from scenewright.pipelines.capture_to_scene import Segmentation, segment, segment_capture
    from scenewright.pipelines.capture_to_surfels import (
        FitSettings,
        SurfelFit,
        fit_capture,
        fit_splats,
    )
    from scenewright.pipelines.decompose_runs import DecomposeReport, decompose_run
    from scenewright.pipelines.demo import DemoReport, run_demo
    from scenewright.pipelines.evaluation import Evaluation, SceneTruth, evaluate, read_scene_truth
    from scenewright.pipelines.fit_runs import FitReport, fit_splats_run
    from scenewright.pipelines.info import describe_any
    from scenewright.pipelines.pictures import draw_preview, instance_color
    from scenewright.pipelines.render_runs import RenderReport, RenderSettings, render_run
    from scenewright.pipelines.runs import RunReport, read_report, segment_run
    from scenewright.pipelines.splat_evaluation import (
        SplatEvaluation,
        evaluate_id_maps,
        evaluate_mesh,
        evaluate_pictures,
    )
    from scenewright.pipelines.surfels_to_objects import (
        DecomposeSettings,
        Decomposition,
        decompose,
        decompose_scene,
    )

__all__ = [
    "BatchReport",
    "BatchRow",
    "DecomposeReport",
    "DecomposeSettings",
    "Decomposition",
    "DemoReport",
    "Evaluation",
    "FitReport",
    "FitSettings",
    "RenderReport",
    "RenderSettings",
    "RunReport",
    "SceneTruth",
    "Segmentation",
    "SplatEvaluation",
    "SurfelFit",
    "decompose",
    "decompose_run",
    "decompose_scene",
    "describe_any",
    "draw_preview",
    "evaluate",
    "evaluate_id_maps",
    "evaluate_mesh",
    "evaluate_pictures",
    "fit_capture",
    "fit_splats",
    "fit_splats_run",
    "instance_color",
    "read_report",
    "read_scene_truth",
    "render_run",
    "run_demo",
    "segment",
    "segment_batch",
    "segment_capture",
    "segment_run",
]

_HOMES = {
    "batch": ("segment_batch",),
    "batch_report": ("BatchReport", "BatchRow"),
    "demo": ("DemoReport", "run_demo"),
    "evaluation": ("Evaluation", "SceneTruth", "evaluate", "read_scene_truth"),
    "info": ("describe_any",),
    "pictures": ("draw_preview", "instance_color"),
    "runs": ("RunReport", "read_report", "segment_run"),
    "capture_to_scene": ("Segmentation", "segment", "segment_capture"),
    "capture_to_surfels": ("FitSettings", "SurfelFit", "fit_capture", "fit_splats"),
    "decompose_runs": ("DecomposeReport", "decompose_run"),
    "fit_runs": ("FitReport", "fit_splats_run"),
    "render_runs": ("RenderReport", "RenderSettings", "render_run"),
    "splat_evaluation": (
        "SplatEvaluation",
        "evaluate_id_maps",
        "evaluate_mesh",
        "evaluate_pictures",
    ),
    "surfels_to_objects": (
        "DecomposeSettings",
        "Decomposition",
        "decompose",
        "decompose_scene",
    ),
}
"""Module that each public name lives in."""


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first used."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"scenewright.pipelines.{module}"), name)
    raise AttributeError(f"module 'scenewright.pipelines' has no attribute '{name}'")
