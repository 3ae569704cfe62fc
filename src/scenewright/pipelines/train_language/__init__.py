"""The verb ``train language``."""
