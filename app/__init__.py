"""What an operator runs: the three verbs, the scheduler, the commands, the demo. Only here is the clock read."""
