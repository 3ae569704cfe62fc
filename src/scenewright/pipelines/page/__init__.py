"""A page in the browser: pictures in, masks drawn, objects generated."""
