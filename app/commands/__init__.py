"""What an operator types, beside the verbs of ``app.cli``."""
