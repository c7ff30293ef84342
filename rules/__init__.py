"""Escalation policies as data, and what they decide. Pure: no clock, no file, no socket."""
