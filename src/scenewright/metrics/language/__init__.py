"""Metrics of language about scenes: grounding, answers to questions, and captions."""
