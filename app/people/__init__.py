"""What people are asked, what they answer, and why a rule did or did not fire."""
