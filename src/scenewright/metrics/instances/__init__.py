"""Instances in 3D against truth."""
