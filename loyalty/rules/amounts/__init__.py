"""Amounts: how much an action gives. One file each."""
