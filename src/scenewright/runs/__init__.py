"""Run folders: what one run of a verb leaves on disk, and what it cost."""
