"""A rule's condition in words, from what is written in the file: for the table a head teacher signs, and for lint."""

from collections.abc import Callable, Mapping

from rules.phrases import EVENTS, SHAPES, UNITS, Raw, category, clock, count, number, plain, window


def in_words(when: Raw) -> str:
    """Return a condition as a sentence without its full stop; a metric that is not known is given as written."""
    describe = _METRICS.get(str(when.get("metric")))
    return describe(when) if describe else f"metric {when.get('metric')!r}"


def band(when: Raw) -> str:
    """Return the numbers of a band as published: ``3``, ``2 to 5``, ``more than 5``, ``fewer than 5``."""
    low = f"more than {when['more_than']:g}" if "more_than" in when else f"{when.get('at_least', 0):g}"
    if "at_most" in when and "more_than" not in when:
        return low if when["at_most"] == when.get("at_least") else f"{low} to {when['at_most']:g}"
    if "at_most" in when:
        return f"{low}, at most {when['at_most']:g}"
    if "less_than" in when:
        return f"fewer than {when['less_than']:g}" if low == "1" else f"from {low}, fewer than {when['less_than']:g}"
    return low


def _counted(when: Raw, *, extra: str = "") -> str:
    unit = UNITS.get(str(when.get("unit")), str(when.get("unit")))
    numbers = band(when)
    return f"{numbers} {unit if numbers == '1' else f'{unit}s'}{extra} {category(when)}"


def _consecutive(when: Raw) -> str:
    within = when.get("within") or {}
    limits = {"first_sessions": "sessions", "first_months": "months"}
    tail = "".join(f", within the first {value} {limits.get(key, key)}" for key, value in within.items())
    if standing := when.get("standing"):
        tail += f", while it stands: {plain(standing)}"
    return _counted(when, extra=" running") + tail


def _each(when: Raw) -> str:
    what = "school day" if when.get("unit") == "school_day" else "school day with a session"
    return f"every {what} {category(when)}"


def _percentage(when: Raw) -> str:
    if "category" in when:
        level = f"more than {when['more_than']:g} %" if "more_than" in when else f"{number(when, 'at_least')} % or more"
        said = f"{level} of possible sessions {category(when)}"
    elif "at_most" in when:
        said = f"attendance of {when['at_most']:g} % or less"
    else:
        said = f"attendance below {number(when, 'below')} %"
    tail = f"; not before {number(when, 'min_sessions')} possible sessions"
    if "clear_at" in when:
        tail += f"; again once it has been back at {when['clear_at']:g} %"
    if when.get("counting") == "national":
        tail += "; C2 counted as absence"
    return f"{said} {window(when)}{tail}"


def _rolling(when: Raw) -> str:
    return f"{_counted(when)} within {number(when, 'school_weeks')} school weeks"


def _cumulative(when: Raw) -> str:
    tail = ", and again for each later unbroken run of as many" if when.get("again_each_run") else ""
    return f"{_counted(when)}, added up {window(when)}{tail}"


def _deadline(when: Raw) -> str:
    days = f"{number(when, 'after_school_days')} school days after"
    if "code" in when:
        return f"an {when['code']} still stands {days} its session"
    return f"{days}: {plain(when.get('event'))}"


def _time_of_day(when: Raw) -> str:
    return f"at {clock(when.get('at'))} the {when.get('session')} session stands as {category(when)}"


def _minutes(when: Raw) -> str:
    return f"{number(when, 'minutes')} minutes into a session the pupil has not arrived"


def _before_session(when: Raw) -> str:
    return f"{count(when, 'lead_school_days', 'school day')} before each school day with a session"


def _register(when: Raw) -> str:
    return f"the {when.get('session')} register is not complete at {clock(when.get('by'))}"


def _event(when: Raw) -> str:
    name = str(when.get("event"))
    said = EVENTS.get(name, f"recorded: {plain(name)}")
    if name == "return" and any(key in when for key in ("at_least", "more_than")):
        said = f"the pupil is back after {_counted(when)}"
    if name == "first_session" and "category" in when:
        said = f"the first session ever: {category(when)}"
    if "school_days_before" in when:
        said += f", {count(when, 'school_days_before', 'school day')} ahead"
    if "on" in when:
        said += f", on its {plain(when['on'])}"
    return said


def _review(when: Raw) -> str:
    days = f"{number(when, 'after_school_days')} school days after {when.get('of')!r}"
    if when.get("measure") == "still_holds":
        return f"{days}, if it still holds"
    if "below" in when:
        return f"{days}, if attendance since then is below {when['below']:g} %"
    points = number(when, "improved_by_less_than")
    return f"{days}, if attendance has improved by less than {points} points"


def _pattern(when: Raw) -> str:
    shape = SHAPES.get(str(when.get("shape")), str(when.get("shape")))
    times, weeks = number(when, "at_least"), number(when, "school_weeks")
    return f"{shape} {category(when)} {times} times within {weeks} school weeks"


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
