"""Arbor's list of marks held against the national codes: a letter is proposed where its flags do not speak against it.

A flag never makes a proposal by itself: many national codes share each of them.
"""

from collections.abc import Iterable
from datetime import date

from connectors.arbor_rows import MarkFlags
from connectors.offered import OfferedCode
from mapping.codes import CodeTable, Meaning

_NOT_COUNTED = frozenset({Meaning.NOT_POSSIBLE, Meaning.ADMINISTRATIVE})
_ABSENT = frozenset({Meaning.AUTHORISED_ABSENCE, Meaning.UNAUTHORISED_ABSENCE})
_ATTENDING = frozenset({Meaning.PRESENT, Meaning.APPROVED_EDUCATIONAL_ACTIVITY})


def offered_codes(rows: Iterable[MarkFlags], national: CodeTable, day: date) -> dict[str, OfferedCode]:
    """Return what Arbor's list says of each symbol that a mark may carry: its letter, else Arbor's own word.

    Without national codes there is nothing to propose, and nothing to contradict.
    """
    found: dict[str, OfferedCode] = {}
    for row in rows:
        if symbol := row.attendance_mark or row.code:
            code = _offered(row, symbol, national, day)
            # Two rows of one letter agree, or the one with a contradiction is shown.
            if symbol not in found or found[symbol].proposal:
                found[symbol] = code
    return found


def _offered(row: MarkFlags, symbol: str, national: CodeTable, day: date) -> OfferedCode:
    if not any(True for _ in national):
        return OfferedCode(symbol=symbol, label=row.mark_description)
    problem = _problem(row, symbol, national, day)
    return OfferedCode(
        symbol=symbol,
        label=row.mark_description,
        proposal=None if problem else symbol,
        because=problem or "it is the letter of Arbor's list, and no flag there speaks against it",
    )


def _problem(row: MarkFlags, symbol: str, national: CodeTable, day: date) -> str:
    """Return why the symbol makes no proposal; empty where it does."""
    if not row.attendance_mark:
        return "Arbor's list gives this word no letter: ask the school"
    code = national.get(symbol)
    if code is None:
        return "Arbor's list has it where letters stand, and it is no national code: ask the school"
    if not code.is_valid_on(day):
        return f"the code {symbol} was withdrawn: ask the school to change such marks"
    if counted := against(row, code.meaning):
        return f"{symbol} is nationally {_spoken(code.meaning)}, and Arbor counts it as {counted}: ask the school"
    return ""


def against(row: MarkFlags, meaning: Meaning) -> str:
    """Return what the flags say where that contradicts a national meaning; empty where it does not, or is not said."""
    statistical = _statistical(row)
    if statistical and meaning not in statistical:
        return " or ".join(sorted(map(_spoken, statistical)))
    attends = bool(row.is_legal_present or row.is_legal_approved_educational_activity)
    if row.is_legal_absent and meaning in _ATTENDING:
        return "absent in law"
    return "attending in law" if attends and meaning in _ABSENT else ""


def _statistical(row: MarkFlags) -> frozenset[Meaning]:
    """Return the meanings that the statistical flags leave; none where they say nothing or several things."""
    flags = {
        Meaning.PRESENT: row.is_statistical_present,
        Meaning.APPROVED_EDUCATIONAL_ACTIVITY: row.is_statistical_approved_educational_activity,
        Meaning.AUTHORISED_ABSENCE: row.is_statistical_authorized_absent,
        Meaning.UNAUTHORISED_ABSENCE: row.is_statistical_unauthorized_absent,
    }
    held = frozenset(meaning for meaning, flag in flags.items() if flag)
    if held:
        return held if len(held) == 1 else frozenset()
    return _NOT_COUNTED if row.is_statistical_possible_attendance is False else frozenset()


def _spoken(meaning: Meaning) -> str:
    return meaning.value.replace("_", " ")
