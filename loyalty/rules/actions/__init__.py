"""Actions: what is given to a recipient. One file each."""
