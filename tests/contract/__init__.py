"""The API held to its schema: by its paths, its statuses, what it asks of the database, and clients made from it."""
