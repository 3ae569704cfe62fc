"""Which regions of the map belong to one object: a learned decision about pairs, made again after
each join."""
