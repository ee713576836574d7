"""Whole programmes, played as stories through the public services; the numbers are worked out by hand."""
