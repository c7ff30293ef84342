"""What each code is called in a policy: written out, because the rules under test work it out."""

PRESENT = {"/", "\\", "L", "K", "V", "P", "W", "B", "J"}
AUTHORISED = {"C1", "M", "J1", "S", "C2", "C", "T", "R", "I", "E", "H", "F"}
UNAUTHORISED = {"G", "N", "O", "U"}
NOT_POSSIBLE = {"D", "X", "Q", "Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#"}
NO_SESSION = {"."}
#: Nobody has a mark that anybody can read: neither absent nor present.
UNRECORDED = {"-", "?"}
#: The pupil was told not to come.
TOLD = {"C2", "E", "S"}

CATEGORIES = {
    "absent": AUTHORISED | UNAUTHORISED,
    "authorised": AUTHORISED,
    "unauthorised": UNAUTHORISED,
    "unexplained": {"N", "O"},
    "illness": {"I"},
    "not_illness": (AUTHORISED | UNAUTHORISED) - {"I"},
}
#: In a run of these, a child who came after the register closed was seen, and the run is over.
SEEN_BREAKS = {"absent", "unexplained", "not_illness"}


def is_asked(code: str) -> bool:
    """Whether the pupil was asked to attend the session."""
    return code not in NO_SESSION | NOT_POSSIBLE | TOLD


def is_recorded(code: str) -> bool:
    return code not in UNRECORDED


def is_of(code: str, category: str) -> bool:
    """Whether the session counts as an absence of the category where sessions are counted."""
    return is_asked(code) and code in CATEGORIES[category]


def goes_on(code: str, category: str) -> bool:
    """Whether the session goes on with a run of the category."""
    return is_of(code, category) and not (code == "U" and category in SEEN_BREAKS)
