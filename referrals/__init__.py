"""Referral programmes on top of `loyalty`: links, attribution, parent and child cards, rules about them."""
