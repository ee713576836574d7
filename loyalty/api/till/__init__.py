"""The API of tills and shops' backends: users with the permission `loyalty.use_till`."""
