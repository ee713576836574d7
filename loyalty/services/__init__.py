"""The only code that writes: what a host calls. Every name here is public API."""
