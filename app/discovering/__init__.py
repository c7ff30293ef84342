"""``discover``: what a platform offers, held against the operator's files, and what could be added to them."""
