"""The verb ``train flow``."""
