"""What reading platforms and sending messages both need of a network: whom to trust, when to give up, SSH."""
