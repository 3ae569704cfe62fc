"""Fitting surfels to posed pictures: what to begin with, the steps, and how good the result is."""
