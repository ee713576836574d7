"""What the shop's templates need."""
