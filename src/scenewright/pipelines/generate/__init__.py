"""``scenewright generate``: pictures with masks to a scene of generated objects."""
