"""Telling the admins what needs a person: each thing once, many things in one message."""
