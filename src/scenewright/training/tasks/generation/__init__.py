"""Training of the networks of ``generate/tiny``: the VAE, and the flow with its image encoder."""
