"""Which object each surfel belongs to: votes, learned features, and choosing by a click."""
