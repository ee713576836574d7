"""Loyalty cards for Django: programs, cards, wallets and their ledger, the rule engine, rewards."""

__version__ = "0.1.0"
