"""Checks of captures, each in a module: files, poses and times, and their consistency.

`check` runs all of them; the other modules do not depend on it.
"""
