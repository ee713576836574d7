"""The shell around the engine: load, decide, store."""
