"""Mask backends without weights: depth edges, and masks that other programs wrote."""
