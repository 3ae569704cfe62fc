"""From surfels to objects."""
