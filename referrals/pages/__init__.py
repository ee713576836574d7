"""Pages for members who bring friends, as plain Django templates that a host may override."""
