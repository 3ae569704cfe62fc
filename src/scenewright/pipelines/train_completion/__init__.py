"""The verb ``train completion``."""
