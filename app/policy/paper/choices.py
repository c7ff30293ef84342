"""What a policy file says it chose where the published text leaves a question open: the sentence with the number."""

import re
from collections.abc import Iterator

from app.policy.files import PolicySource
from app.policy.paper.model import Choice
from config.documents import walk
from config.places import remarks
from config.published import ambiguities

_NUMBER = re.compile(r"\bA\d{1,2}\b")
_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z\"])")


def choices_of(source: PolicySource) -> Iterator[Choice]:
    """Yield the open questions, each with the sentence of the file that names it.

    A file that accounts for a published text is asked about that text's questions, any other about those it names.
    """
    said = _said(source)
    for each in ambiguities().values():
        is_asked = each.concerns(source.seed) if source.seed else each.number in said
        if is_asked:
            chosen = _without(said.get(each.number, "Not said in this file"))
            yield Choice(number=each.number, question=each.question, chosen=chosen)


def _said(source: PolicySource) -> dict[str, str]:
    """Return the first sentence for each number, of the comments before the texts."""
    said: dict[str, str] = {}
    texts = (value for _, value in walk(source.content) if isinstance(value, str))
    for text in (*remarks(source.text), *texts):
        for sentence in _SENTENCE.split(text):
            for found in _NUMBER.findall(sentence):
                said.setdefault(found, sentence)
    return said


def _without(sentence: str) -> str:
    """Return a sentence without the numbers in brackets at its end, which stand beside it."""
    bare = re.sub(r"\s*\((?:A\d{1,2}(?:,\s*)?)+\)", "", sentence).strip()
    return bare[:1].upper() + bare[1:]
