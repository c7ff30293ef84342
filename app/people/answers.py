"""What a command that changes something for a person comes to: one sentence, and whether it was done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``is_ok`` is true where what was asked for holds now, by this command or an earlier one."""

    sentence: str
    is_ok: bool


def done(sentence: str) -> Answer:
    """Return that it holds."""
    return Answer(sentence=sentence, is_ok=True)


def refused(sentence: str) -> Answer:
    """Return why it could not be done, and what can."""
    return Answer(sentence=sentence, is_ok=False)


def those_there_are(what: str, ids: list[str]) -> str:
    """Say what there is instead of an id that is not: ``there are 2 open tasks: A, B``."""
    if not ids:
        return f"there is no {what}"
    shown = ", ".join(ids[:_SHOWN]) + (", and others" if len(ids) > _SHOWN else "")
    return f"{what}s there are: {shown}"


#: How many ids are listed for somebody who mistyped one.
_SHOWN = 10
