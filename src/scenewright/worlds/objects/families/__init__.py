"""Makers of everyday objects, each from random numbers alone."""
