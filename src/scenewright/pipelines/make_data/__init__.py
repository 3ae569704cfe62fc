"""Making worlds, captures and training shards."""
