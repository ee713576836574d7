"""The ledger: the pure arithmetic of lots and buckets (`book`) and its one writer to the database."""
