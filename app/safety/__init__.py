"""What keeps a message from the wrong people: agreed, confirmed, allowed, live, and no more than usual."""
