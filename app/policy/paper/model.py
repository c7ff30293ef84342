"""What stands on the paper of a policy, before it is printed."""

from dataclasses import dataclass

#: Who signs: the published policies name an owner, and these three answer for attendance in every school.
SIGNERS = ("Head teacher", "Attendance lead", "Designated safeguarding lead")
#: What the words of every policy mean: the counting rules of the engine, as a reader of the paper needs them.
DEFINITIONS = {
    "absent": "absent with or without authority, as the national code counts",
    "without explanation": "N or O: no reason yet, or none found",
    "without authority": "G, N, O or U",
    "through illness": "I",
    "day of absence": "a school day on which every session the pupil was asked to attend was missed in that way",
    "running": (
        "one day or session of absence after another; being seen, or an absence of another kind, breaks the run, and "
        "days without a session for the pupil (weekend, holiday, closure, C2, E, S) are stepped over"
    ),
    "not recorded": "neither absent nor present: it does not count, breaks nothing, and raises an alarm of its own",
    "attendance": (
        "sessions attended of those possible, C2 left out, not rounded; over the school year it counts from the first "
        "day of term or the pupil's start if that is later"
    ),
    "school days after": "the school's own days; the day itself is day 0",
    "school week": "a week from Monday in which the school held a session",
    "highest rung": "of several rungs reached on one day only the highest fires; the others are noted with it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that happens: what, who, by when."""

    what: str
    kind: str
    who: str
    by_when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One rule: when it fires (and for whom, under which limits), what happens, and the rows it carries out."""

    when: str
    says: str
    limits: tuple[str, ...]
    acts: tuple[Act, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table of the paper."""

    title: str
    note: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An open question of the published text, and the sentence in which the file says what it chose."""

    number: str
    question: str
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The whole policy, ready to be printed."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    standing: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    otherwise: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    definitions: tuple[tuple[str, str], ...] = tuple(DEFINITIONS.items())
