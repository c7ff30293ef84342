"""What a policy says of one pupil, worked out again: slow and obvious, a day at a time over lists of codes.

Nothing here is taken from the rules under test: the input is the policy's file as TOML reads it, and the codes a
register holds. Each way of counting is one function that an attendance officer could follow with a pencil.
"""

from tests.rules.oracle.policy import fired, fired_about_school
from tests.rules.oracle.world import World, world_of

__all__ = ["World", "fired", "fired_about_school", "world_of"]
