"""Conditions about referrals. One file each."""
