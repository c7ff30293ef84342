"""One thing that the admins must be told of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing that needs a person. ``key`` is the same whenever it is looked at, and another when it happens again.

    Things with the same ``what`` are told in one line, the ``id`` of each behind it where it has one. No text names a
    pupil, an address or what a receiver answered.
    """

    key: str
    what: str
    id: str = ""
    is_urgent: bool = False
