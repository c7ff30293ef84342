"""The demonstration: simulated platforms and receivers, on this machine alone."""
