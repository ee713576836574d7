"""The staff's part of the API: each address asks for a permission of its own, whoever may enter the admin."""
