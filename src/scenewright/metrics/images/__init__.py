"""Rendered images, id maps and masks against the true ones."""
