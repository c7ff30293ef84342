"""A policy on paper: read, checked, covered, shown."""
