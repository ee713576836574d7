"""Presets about parent and child cards. One file each."""
