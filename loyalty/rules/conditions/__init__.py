"""Conditions: yes/no questions about a card at the moment of an event. One file each."""
