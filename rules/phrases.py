"""The words of the policy language as a person says them, and what is said with one key of a condition."""

from collections.abc import Mapping
from typing import Any

from rules.words import PHRASES

Raw = Mapping[str, Any]

#: What is counted.
UNITS = {"school_day": "school day", "session": "session"}
#: Over what time.
WINDOWS = {
    "school_year": "in the school year",
    "term": "in the term",
    "placement": "since the placement began",
}
#: What a flag says about a pupil.
FLAGS = {
    "send": "pupils with SEND",
    "pupil_premium": "pupils with pupil premium",
    "vulnerable": "vulnerable pupils",
    "looked_after": "looked-after children",
    "social_worker": "pupils with a social worker",
    "youth_justice": "pupils with a youth justice worker",
    "ehcp": "pupils with an EHCP",
}
#: What a pattern looks for.
SHAPES = {
    "weekday": "the same weekday",
    "after_holiday": "the first school day after a holiday",
    "before_holiday": "the last school day before a holiday",
}
#: What happens by the calendar or the roll.
EVENTS = {
    "pre_commencement": "before the pupil starts",
    "leaver": "the pupil's last day on roll",
    "term_end": "the last school day of a term",
    "half_term_end": "the last school day before half term",
    "daily": "every school day",
    "weekly": "every school week",
    "policy_review_due": "the policy is due for review",
    "part_time": "every week of a part-time timetable",
}


def for_whom(population: Raw) -> str:
    """Return whom a rule is about, empty for every pupil."""
    parts = []
    if any_of := population.get("flags_any"):
        parts.append("only " + " or ".join(FLAGS.get(flag, flag) for flag in any_of))
    if none_of := population.get("flags_none"):
        parts.append("not " + " or ".join(FLAGS.get(flag, flag) for flag in none_of))
    return ", ".join(parts)


def category(when: Raw) -> str:
    """Return the category as it follows a count."""
    return PHRASES.get(str(when.get("category")), str(when.get("category", "")))


def window(when: Raw) -> str:
    """Return over what time something is counted."""
    window = str(when.get("window"))
    if window == "school_weeks":
        return f"in the last {number(when, 'school_weeks')} school weeks"
    if window == "since_event":
        return f"since: {plain(when.get('event'))}"
    return WINDOWS.get(window, window)


def clock(value: object) -> str:
    """Return a time of day as people write it."""
    return value.strftime("%H:%M") if hasattr(value, "strftime") else str(value)


def number(when: Raw, key: str) -> str:
    """Return a number of a condition."""
    value = when.get(key)
    return f"{value:g}" if isinstance(value, int | float) else "?"


def count(when: Raw, key: str, noun: str) -> str:
    """Return a number of a condition with its noun."""
    return f"{number(when, key)} {noun}" if when.get(key) == 1 else f"{number(when, key)} {noun}s"


def plain(name: object) -> str:
    """Return a name without its underscores."""
    return str(name).replace("_", " ")
