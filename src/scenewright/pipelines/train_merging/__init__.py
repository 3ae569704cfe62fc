"""The verb ``train merging``."""
