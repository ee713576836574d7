"""Pages for members, as plain Django templates that a host may override; all they show comes from selectors."""
