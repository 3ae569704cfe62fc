"""Training and test data of scene generators, in the layout of SceneGen.

- `scene_files`: everything that is written about one scene, whatever it comes from.
- `truth`: the scene of a test split as meshes, and a render of its objects alone.
- `from_worlds`: scenes from views of synthetic worlds.
- `annotations`: the annotations of a 3D-FUTURE folder.
- `encoders`: latents and features of finished data.
- `conversion`: scenes from such annotations and the meshes they name.

Imports go one way: from_worlds, conversion > scene_files > truth; conversion > annotations.
"""

from scenewright.worlds.generation.annotations import FutureFolder, open_future
from scenewright.worlds.generation.conversion import convert_scene
from scenewright.worlds.generation.encoders import add_encodings, check_encoders
from scenewright.worlds.generation.from_worlds import GenerationRecipe, write_world_scenes

__all__ = [
    "FutureFolder",
    "GenerationRecipe",
    "add_encodings",
    "check_encoders",
    "convert_scene",
    "open_future",
    "write_world_scenes",
]
