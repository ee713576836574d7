"""Part of a host shaped otherwise: its own user model, with keys that are no integers."""
