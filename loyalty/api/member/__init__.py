"""The member's part of the API: own cards only, and those used along with an owner; all others do not exist."""
