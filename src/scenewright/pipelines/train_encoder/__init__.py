"""The verb ``train encoder``."""
