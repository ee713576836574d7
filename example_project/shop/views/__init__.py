"""Pages of the shop: they read forms, call what the shop does, and draw templates."""
