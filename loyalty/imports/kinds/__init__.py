"""The kinds of lines that loyalty itself registers; see `loyalty.loyalty_rules`."""
