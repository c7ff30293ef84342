"""The soak: thousands of messages, a receiver that fails at random, a relay that is killed again and again.

In the end every message has arrived, under one id, with the same bytes each time, in the order of its key.
"""
