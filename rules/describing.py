"""A rule's condition in words, from what is written in the file: for the table a head teacher signs, and for lint."""

from collections.abc import Callable, Mapping
from typing import Any

Raw = Mapping[str, Any]

#: The categories as they follow a count of days or sessions.
CATEGORIES = {
    "absent": "absent",
    "authorised": "absent with authority",
    "unauthorised": "absent without authority",
    "unexplained": "absent without explanation",
    "illness": "absent through illness",
    "not_illness": "absent for a reason other than illness",
}
_UNITS = {"school_day": "school day", "session": "session"}
_WINDOWS = {
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
_SHAPES = {
    "weekday": "the same weekday",
    "after_holiday": "the first school day after a holiday",
    "before_holiday": "the last school day before a holiday",
}
_EVENTS = {
    "pre_commencement": "before the pupil starts",
    "first_session": "the first session ever is missed",
    "return": "the pupil is back after an absence",
    "leaver": "the pupil's last day on roll",
    "term_end": "the last school day of a term",
    "half_term_end": "the last school day before half term",
    "daily": "every school day",
    "weekly": "every school week",
    "policy_review_due": "the policy is due for review",
    "part_time": "every week of a part-time timetable",
}


def in_words(when: Raw) -> str:
    """Return a condition as a sentence without its full stop; a metric that is not known is given as written."""
    describe = _METRICS.get(str(when.get("metric")))
    return describe(when) if describe else f"metric {when.get('metric')!r}"


def for_whom(population: Raw) -> str:
    """Return whom a rule is about, empty for every pupil."""
    parts = []
    if any_of := population.get("flags_any"):
        parts.append("only " + " or ".join(FLAGS.get(flag, flag) for flag in any_of))
    if none_of := population.get("flags_none"):
        parts.append("not " + " or ".join(FLAGS.get(flag, flag) for flag in none_of))
    return ", ".join(parts)


def band(when: Raw) -> str:
    """Return the numbers of a band as published: ``3``, ``2 to 5``, ``more than 5``, ``from 1, fewer than 5``."""
    low = f"more than {when['more_than']:g}" if "more_than" in when else f"{when.get('at_least', 0):g}"
    if "at_most" in when and "more_than" not in when:
        return low if when["at_most"] == when.get("at_least") else f"{low} to {when['at_most']:g}"
    if "at_most" in when:
        return f"{low}, at most {when['at_most']:g}"
    return f"from {low}, fewer than {when['less_than']:g}" if "less_than" in when else low


def _counted(when: Raw, *, extra: str = "") -> str:
    unit = _UNITS.get(str(when.get("unit")), str(when.get("unit")))
    ends = {when.get("at_least"), when.get("at_most", when.get("at_least"))}
    unit = unit if ends == {1} else f"{unit}s"
    return f"{band(when)} {unit}{extra} {_category(when)}"


def _category(when: Raw) -> str:
    return CATEGORIES.get(str(when.get("category")), str(when.get("category", "")))


def _window(when: Raw) -> str:
    window = str(when.get("window"))
    if window == "school_weeks":
        return f"in the last {_number(when, 'school_weeks')} school weeks"
    if window == "since_event":
        return f"since: {_plain(when.get('event'))}"
    return _WINDOWS.get(window, window)


def _consecutive(when: Raw) -> str:
    within = when.get("within") or {}
    limits = {"first_sessions": "sessions", "first_months": "months"}
    tail = "".join(f", within the first {value} {limits.get(key, key)}" for key, value in within.items())
    if standing := when.get("standing"):
        tail += f", while it stands: {_plain(standing)}"
    return _counted(when, extra=" running") + tail


def _each(when: Raw) -> str:
    what = "school day" if when.get("unit") == "school_day" else "school day with a session"
    return f"every {what} {_category(when)}"


def _percentage(when: Raw) -> str:
    if "category" in when:
        level = (
            f"more than {when['more_than']:g} %" if "more_than" in when else f"{_number(when, 'at_least')} % or more"
        )
        said = f"{level} of possible sessions {_category(when)}"
    elif "at_most" in when:
        said = f"attendance of {when['at_most']:g} % or less"
    else:
        said = f"attendance below {_number(when, 'below')} %"
    tail = f" (not before {_number(when, 'min_sessions')} possible sessions"
    if "clear_at" in when:
        tail += f"; again once it has been back at {when['clear_at']:g} %"
    if when.get("counting") == "national":
        tail += "; C2 counted as absence"
    return f"{said} {_window(when)}{tail})"


def _rolling(when: Raw) -> str:
    return f"{_counted(when)} within {_number(when, 'school_weeks')} school weeks"


def _cumulative(when: Raw) -> str:
    tail = ", and again for each later unbroken run of as many" if when.get("again_each_run") else ""
    return f"{_counted(when)}, added up {_window(when)}{tail}"


def _deadline(when: Raw) -> str:
    days = f"{_number(when, 'after_school_days')} school days after"
    if "code" in when:
        return f"an {when['code']} still stands {days} its session"
    return f"{days}: {_plain(when.get('event'))}"


def _clock(value: object) -> str:
    return value.strftime("%H:%M") if hasattr(value, "strftime") else str(value)


def _time_of_day(when: Raw) -> str:
    return f"at {_clock(when.get('at'))} the {when.get('session')} session stands as {_category(when)}"


def _minutes(when: Raw) -> str:
    return f"{_number(when, 'minutes')} minutes into a session the pupil has not arrived"


def _before_session(when: Raw) -> str:
    return f"{_count(when, 'lead_school_days', 'school day')} before each school day with a session"


def _register(when: Raw) -> str:
    return f"the {when.get('session')} register is not complete at {_clock(when.get('by'))}"


def _event(when: Raw) -> str:
    name = str(when.get("event"))
    said = _EVENTS.get(name, f"recorded: {_plain(name)}")
    if name == "return" and any(key in when for key in ("at_least", "more_than")):
        said = f"the pupil is back after {_counted(when)}"
    if name == "first_session" and "category" in when:
        said = f"the first session ever: {_category(when)}"
    if "school_days_before" in when:
        said += f", {_count(when, 'school_days_before', 'school day')} ahead"
    if "on" in when:
        said += f", on its {_plain(when['on'])}"
    return said


def _review(when: Raw) -> str:
    days = f"{_number(when, 'after_school_days')} school days after {when.get('of')!r}"
    if when.get("measure") == "still_holds":
        return f"{days}, if it still holds"
    if "below" in when:
        return f"{days}, if attendance since then is below {when['below']:g} %"
    points = _number(when, "improved_by_less_than")
    return f"{days}, if attendance has improved by less than {points} points"


def _pattern(when: Raw) -> str:
    shape = _SHAPES.get(str(when.get("shape")), str(when.get("shape")))
    times, weeks = _number(when, "at_least"), _number(when, "school_weeks")
    return f"{shape} {_category(when)} {times} times within {weeks} school weeks"


def _number(when: Raw, key: str) -> str:
    value = when.get(key)
    return f"{value:g}" if isinstance(value, int | float) else "?"


def _count(when: Raw, key: str, noun: str) -> str:
    return f"{_number(when, key)} {noun}" if when.get(key) == 1 else f"{_number(when, key)} {noun}s"


def _plain(name: object) -> str:
    return str(name).replace("_", " ")


_METRICS: Mapping[str, Callable[[Raw], str]] = {
    "consecutive": _consecutive,
    "each": _each,
    "percentage": _percentage,
    "rolling_count": _rolling,
    "cumulative": _cumulative,
    "deadline": _deadline,
    "time_of_day": _time_of_day,
    "minutes": _minutes,
    "before_session": _before_session,
    "register": _register,
    "event": _event,
    "review": _review,
    "pattern": _pattern,
}
