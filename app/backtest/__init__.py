"""A policy tried on past registers: every decision it would have made, and the work that would have followed."""
