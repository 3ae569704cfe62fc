"""Chains across the packages: files in, files out.

Names are imported when they are first used, so that a verb pays only for what it calls.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenewright.pipelines.batch.report import BatchReport, BatchRow
    from scenewright.pipelines.batch.run import segment_batch
    from scenewright.pipelines.decompose.run import DecomposeReport, decompose_run
    from scenewright.pipelines.decompose.steps import (
        DecomposeSettings,
        Decomposition,
        decompose,
        decompose_scene,
    )
    from scenewright.pipelines.demo.run import DemoReport, run_demo
    from scenewright.pipelines.evaluate.scenes import (
        Evaluation,
        SceneTruth,
        evaluate,
        read_scene_truth,
    )
    from scenewright.pipelines.evaluate.splats import (
        SplatEvaluation,
        evaluate_id_maps,
        evaluate_mesh,
        evaluate_pictures,
    )
    from scenewright.pipelines.fit_splats.run import FitReport, fit_splats_run
    from scenewright.pipelines.fit_splats.steps import (
        FitSettings,
        SurfelFit,
        fit_capture,
        fit_splats,
    )
    from scenewright.pipelines.info.run import describe_any
    from scenewright.pipelines.pictures.preview import draw_preview, instance_color
    from scenewright.pipelines.render.run import RenderReport, RenderSettings, render_run
    from scenewright.pipelines.segment.run import RunReport, read_report, segment_run
    from scenewright.pipelines.segment.steps import Segmentation, segment, segment_capture

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
    "batch.run": ("segment_batch",),
    "batch.report": ("BatchReport", "BatchRow"),
    "demo.run": ("DemoReport", "run_demo"),
    "evaluate.scenes": ("Evaluation", "SceneTruth", "evaluate", "read_scene_truth"),
    "info.run": ("describe_any",),
    "pictures.preview": ("draw_preview", "instance_color"),
    "segment.run": ("RunReport", "read_report", "segment_run"),
    "segment.steps": ("Segmentation", "segment", "segment_capture"),
    "fit_splats.steps": ("FitSettings", "SurfelFit", "fit_capture", "fit_splats"),
    "decompose.run": ("DecomposeReport", "decompose_run"),
    "fit_splats.run": ("FitReport", "fit_splats_run"),
    "render.run": ("RenderReport", "RenderSettings", "render_run"),
    "evaluate.splats": (
        "SplatEvaluation",
        "evaluate_id_maps",
        "evaluate_mesh",
        "evaluate_pictures",
    ),
    "decompose.steps": (
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
