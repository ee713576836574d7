"""The dashboard: a program over a period, from the stored days."""
