"""Generators of scenes from pictures: published weights, run by the networks of this package."""
