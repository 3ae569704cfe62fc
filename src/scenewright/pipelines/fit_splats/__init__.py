"""From a capture to a scene of surfels."""
