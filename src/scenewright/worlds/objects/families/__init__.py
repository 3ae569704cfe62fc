"""Generators of everyday objects from random numbers, one module per group of families.

`assembly` puts parts together, and `materials` draws their materials.
"""
