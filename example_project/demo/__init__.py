"""What `manage.py demo` fills the example with: an imported history, and a shop of today."""
