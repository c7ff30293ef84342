"""Simulators of the platforms, on real sockets and in real folders: they serve any world given, and any fault."""
