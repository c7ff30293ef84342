"""The suite mirrors the tree; ``tests.builders`` is the language its tables are written in."""
