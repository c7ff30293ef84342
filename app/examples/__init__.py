"""Worked examples of a policy: a pupil's marks, and what an attendance officer says must and must not follow."""
