"""Inbound: one module per platform, a literal registry, one HTTP client with one retry policy."""
