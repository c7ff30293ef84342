"""The counting words of every policy: absent, unexplained, unauthorised, authorised, illness, not illness.

Each word sorts the bytes of a mark string into four kinds: counted, stepped over, missing, breaking.
"""

from dataclasses import dataclass, field

from mapping.codes import NO_SESSION, NOT_RECORDED, QUARANTINED, CodeTable, Meaning

#: Sessions the pupil was told not to attend: they neither count nor break a run.
TOLD_NOT_TO_ATTEND = ("C2", "E", "S")
#: Seen in school, after the register closed: breaks a run of absence though the law counts the session absent.
SEEN_LATE = "U"
#: What still waits for a reason, and what was given up waiting.
UNEXPLAINED = ("N", "O")
UNAUTHORISED = ("G", "N", "O", "U")
ILLNESS = ("I",)

STEP, COUNT, MISSING, BREAK = 0, 1, 2, 4
#: Every word as a policy writes it, and as it follows a count of days or sessions.
PHRASES = {
    "absent": "absent",
    "authorised": "absent with authority",
    "unauthorised": "absent without authority",
    "unexplained": "absent without explanation",
    "illness": "absent through illness",
    "not_illness": "absent for a reason other than illness",
}
#: The two sides of a percentage, as ``Presence`` writes them.
ATTENDED, MISSED = b"P"[0], b"A"[0]


@dataclass(frozen=True, slots=True)
class Word:
    """One counting word under one code table. ``kinds[byte]`` is STEP, COUNT, MISSING or BREAK.

    A day of the word is a pair of bytes whose kinds, or-ed, are exactly COUNT: every session the pupil was asked
    to attend was an absence of the category, and every one of them is recorded.
    """

    name: str
    kinds: bytes
    #: How a reason says it to a person.
    phrase: str
    #: Every byte that does not break a run, for ``bytes.rstrip``.
    keeps: bytes = field(repr=False)
    #: Every byte that a total counts: late after the register closed is an absence, though it breaks a run.
    totals: bytes = field(repr=False)
    #: Every byte that a share of the possible sessions leaves out, for ``bytes.translate``: a session the pupil was
    #: told not to attend is missed there, as in the attendance percentage.
    others: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Presence:
    """What a policy's attendance percentage counts: present over possible, leaving out C2.

    ``to_side`` with ``outside`` deleted turns marks into ``P`` (attended) and ``A`` (missed).
    """

    to_side: bytes
    outside: bytes


def words(table: CodeTable) -> dict[str, Word]:
    """Return every counting word by its name in a policy file."""
    absent = {code.code for code in table if code.meaning.is_absence}
    authorised = {code.code for code in table if code.meaning is Meaning.AUTHORISED_ABSENCE}
    return {
        "absent": _word(table, "absent", absent - {SEEN_LATE}),
        "authorised": _word(table, "authorised", authorised),
        "unauthorised": _word(table, "unauthorised", set(UNAUTHORISED)),
        "unexplained": _word(table, "unexplained", set(UNEXPLAINED)),
        "illness": _word(table, "illness", set(ILLNESS)),
        "not_illness": _word(table, "not_illness", absent - {SEEN_LATE, *ILLNESS}),
    }


def presence(table: CodeTable) -> Presence:
    """Return the counting of a policy's attendance percentage."""
    attended = table.bytes_of(Meaning.PRESENT, Meaning.APPROVED_EDUCATIONAL_ACTIVITY)
    missed = bytes(code.byte for code in table if code.meaning.is_absence and code.code != "C2")
    counted = attended + missed
    return Presence(
        to_side=bytes.maketrans(counted, bytes([ATTENDED]) * len(attended) + bytes([MISSED]) * len(missed)),
        outside=bytes(byte for byte in range(256) if byte not in counted),
    )


def _word(table: CodeTable, name: str, counted: set[str]) -> Word:
    kinds = bytearray([BREAK]) * 256
    kinds[NO_SESSION] = STEP
    kinds[NOT_RECORDED] = kinds[QUARANTINED] = MISSING
    for code in table:
        if code.code in TOLD_NOT_TO_ATTEND or not code.meaning.is_possible:
            kinds[code.byte] = STEP
        elif code.code in counted:
            kinds[code.byte] = COUNT
    late = {table[SEEN_LATE].byte} if name in {"absent", "not_illness"} and table.get(SEEN_LATE) else set()
    totals = bytes(byte for byte in range(256) if kinds[byte] == COUNT or byte in late)
    missed = {code.byte for code in table if code.code in counted} | late
    return Word(
        name=name,
        kinds=bytes(kinds),
        phrase=PHRASES[name],
        keeps=bytes(byte for byte in range(256) if kinds[byte] != BREAK),
        totals=totals,
        others=bytes(byte for byte in range(256) if byte not in missed),
    )
