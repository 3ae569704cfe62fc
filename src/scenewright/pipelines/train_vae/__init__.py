"""The verb ``train vae``."""
