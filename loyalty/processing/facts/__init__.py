"""Facts that loyalty itself remembers; they go through the same door as a host's."""
