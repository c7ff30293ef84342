from uuid import UUID

import pytest

from outbox.messages import message_id, spoken_reference
from tests.outbox.builders import KEY


def test_one_cause_has_one_id_at_one_installation():
    first = message_id(KEY, "pupil 1/ladder/3")

    assert first == message_id(KEY, "pupil 1/ladder/3")
    assert first != message_id(KEY, "pupil 1/ladder/4")
    assert first != message_id(b"another key", "pupil 1/ladder/3")


def test_an_id_is_a_uuid_of_version_8():
    assert UUID(message_id(KEY, "x")).version == 8
    assert UUID(message_id(KEY, "x")).variant == "specified in RFC 4122"


@pytest.mark.parametrize("number", range(50))
def test_a_reference_has_no_letter_that_is_mistaken_on_the_telephone(number):
    reference = spoken_reference(message_id(KEY, str(number)))

    assert len(reference) == 9
    assert not set(reference.replace("-", "")) & set("0O1I5SB8GQZ")


def test_references_differ():
    assert len({spoken_reference(message_id(KEY, str(number))) for number in range(2000)}) == 2000
