"""From what generation networks decode to placed, colored assets; see `assets` and `layout`."""
