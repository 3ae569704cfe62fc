"""The trees of learned merging: configuration, films, examples, and their fitting."""
