"""What is written for people to check and hand over."""
