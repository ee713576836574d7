"""Pages for members, of `loyalty` alone."""
