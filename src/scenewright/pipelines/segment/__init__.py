"""From a capture to a scene of separate objects."""
