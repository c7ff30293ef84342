"""What goes out: messages and their relay, daily feeds, concern notices, and the channels that carry them."""
