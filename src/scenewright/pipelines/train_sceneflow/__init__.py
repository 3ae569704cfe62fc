"""The verb ``train sceneflow``."""
