"""Every figure the project quotes, measured on the machine at hand and beside its peers: ``python -m benchmarks``."""
