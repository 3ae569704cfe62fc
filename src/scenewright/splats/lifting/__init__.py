"""Labels of pixels lifted to surfels, and labels of surfels drawn to pixels.

`votes` lifts id maps in closed form; `id_maps` draws labels back; `straddlers` splits surfels that
lie across the border of two objects.
"""

from scenewright.splats.lifting.id_maps import render_id_map
from scenewright.splats.lifting.straddlers import SplitSurfels, split_straddlers, straddles
from scenewright.splats.lifting.votes import Lifting, label_votes, lift_labels

__all__ = [
    "Lifting",
    "SplitSurfels",
    "label_votes",
    "lift_labels",
    "render_id_map",
    "split_straddlers",
    "straddles",
]
