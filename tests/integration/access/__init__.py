"""Who may do what, at every address of ours (R11)."""
