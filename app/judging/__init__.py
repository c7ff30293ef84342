"""What a policy makes of each school day, and all that follows from it."""
