"""The example shop, page by page, under its own settings."""
