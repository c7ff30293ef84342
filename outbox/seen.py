"""What a recipient may see of a session: whether the pupil was there, never which code was written."""

from enum import StrEnum

from mapping.codes import NO_SESSION, NOT_RECORDED, QUARANTINED, CodeTable, Meaning

#: Unexplained, as the rules count it.
_UNEXPLAINED = frozenset({"N", "O"})
#: The pupil was told not to attend: a part-time timetable, suspension, study leave.
_NOT_ASKED = frozenset({"C2", "E", "S"})


class Seen(StrEnum):
    """The five things a calendar in a notice says, each in the words it shows."""

    PRESENT = "Present"
    UNEXPLAINED = "Absent, unexplained"
    EXPLAINED = "Absent, reason known"
    NOT_RECORDED = "Not recorded"
    NO_SESSION = "No session"


def seen(byte: int, codes: CodeTable) -> Seen:
    """Return what a byte of a mark string shows; a quarantined mark is one nobody knows yet."""
    if byte in {NOT_RECORDED, QUARANTINED}:
        return Seen.NOT_RECORDED
    code = codes.of_byte(byte)
    if byte == NO_SESSION or code is None or code.code in _NOT_ASKED:
        return Seen.NO_SESSION
    if code.code in _UNEXPLAINED:
        return Seen.UNEXPLAINED
    return _SEEN[code.meaning]


_SEEN = {
    Meaning.PRESENT: Seen.PRESENT,
    Meaning.APPROVED_EDUCATIONAL_ACTIVITY: Seen.PRESENT,
    Meaning.AUTHORISED_ABSENCE: Seen.EXPLAINED,
    Meaning.UNAUTHORISED_ABSENCE: Seen.EXPLAINED,
    Meaning.NOT_POSSIBLE: Seen.NO_SESSION,
    Meaning.ADMINISTRATIVE: Seen.NO_SESSION,
}
