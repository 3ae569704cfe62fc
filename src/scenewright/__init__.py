"""Scenewright: a capture of a place becomes a scene of whole, separate objects.

```
import scenewright as sw

scene = sw.segment("my-capture/")
sw.save(scene, "room.glb")
```

The public names are those of ``__init__.pyi``. They are imported when they are first used, so that
``import scenewright`` costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
