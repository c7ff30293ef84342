"""What is doubtful in a policy: one module for each kind of question, asked by ``rules.lint``."""
