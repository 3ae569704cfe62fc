"""Converting the data of others for scene generators."""
