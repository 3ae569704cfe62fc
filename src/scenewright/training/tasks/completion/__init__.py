"""Training of ``complete/tiny``: whole shapes of objects that views of worlds show in part."""
