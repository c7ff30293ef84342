"""What instruments may see of a running relay: whether it lives, whether it is ready, and numbers. Never a pupil."""
