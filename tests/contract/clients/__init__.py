"""Programs that use the clients made from the schema; each prints as JSON what it was told (test_clients.py)."""
