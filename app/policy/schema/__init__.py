"""The policy language as a JSON Schema, for editors that complete and check while an author types."""
