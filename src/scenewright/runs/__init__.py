"""Run folders: the files, settings and report of one run of a verb."""
