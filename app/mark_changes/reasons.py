"""Which code a person may put in the place of an N: one that says why the pupil was not in this register. Pure."""

from mapping.codes import CodeTable, Meaning
from mapping.model import Session

#: The code that waits for a reason, and the one for when nobody found any.
UNEXPLAINED, UNKNOWN_REASON = "N", "O"
#: Leave that the school grants before it is taken (SI 2024/208, regulation 11): it cannot be found out afterwards, so
#: whoever enters it says who granted it.
GRANTED = frozenset({"C", "C1", "C2", "J1", "S"})


def wrong_code(national: CodeTable, code: str, session: Session, *, note: str) -> str | None:
    """Return why a code cannot take the place of an N of a session, in a sentence; none where it can.

    The code is taken as it is written: neither another case nor a code that was withdrawn is read as one in force.
    """
    known = national.get(code)
    if known is None:
        return f"{code!r} is no national code: write it as in the register, O where no reason was found"
    if not known.is_valid_on(session.day):
        instead = f"; it is now {', '.join(known.replaced_by)}" if known.replaced_by else ""
        return f"{code} was not in force on {session.day}{instead}"
    if code == UNEXPLAINED:
        return "N is what stands there: give the code of the reason, or O where none was found"
    if known.meaning in {Meaning.PRESENT, Meaning.ADMINISTRATIVE}:
        return f"{code} is no reason for an absence: whoever keeps the register corrects it at the platform"
    if code in GRANTED and not note.strip():
        return f"{code} is leave that was granted before it was taken: say with --note who granted it and when"
    return None
