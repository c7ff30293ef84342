"""What a policy file says it chose where the published text leaves a question open: the sentence with the number."""

import re
from collections.abc import Iterator

from app.paper.model import Choice
from app.policy_files import PolicySource
from config.places import remarks
from config.published import ambiguities

_NUMBER = re.compile(r"\bA\d{1,2}\b")
_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z\"])")


def choices_of(source: PolicySource) -> Iterator[Choice]:
    """Yield the open questions that the file names, each with the sentence that names it."""
    said: dict[str, str] = {}
    for remark in remarks(source.text):
        for sentence in _SENTENCE.split(remark):
            for found in _NUMBER.findall(sentence):
                said.setdefault(found, sentence)
    for each in ambiguities().values():
        if each.number in said:
            yield Choice(number=each.number, question=each.question, chosen=_without(said[each.number]))
        elif source.seed and each.concerns(source.seed):
            yield Choice(number=each.number, question=each.question, chosen="not said in this file")


def _without(sentence: str) -> str:
    """Return a sentence without the numbers in brackets at its end, which stand beside it."""
    bare = re.sub(r"\s*\((?:A\d{1,2}(?:,\s*)?)+\)", "", sentence).strip()
    return bare[:1].upper() + bare[1:]
