"""Images of surfels."""
