"""The card page of support, and the doors by which apps add to it."""

from loyalty.admin.card_page.registry import CardPanel, register_card_panel, register_child_notes

__all__ = ["CardPanel", "register_card_panel", "register_child_notes"]
