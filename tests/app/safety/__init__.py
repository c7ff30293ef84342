"""Tests of what keeps messages from the wrong people."""
