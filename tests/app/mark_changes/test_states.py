"""Every state of a change with every event: what is not in the table changes nothing."""

import pytest

from app.mark_changes.states import Event, State, after

#: By event and state, where it leads: ``.`` nowhere.
TABLE = """
                       proposed   approved   sending    taken      written    refused    confirmed  overtaken
    APPROVED           approved   .          .          .          .          approved   .          .
    REFUSED            refused    refused    .          .          .          refused    .          .
    WITHDRAWN          overtaken  overtaken  .          .          .          overtaken  .          .
    SHOWS_OLD          .          .          .          .          .          .          .          .
    SHOWS_NEW          overtaken  confirmed  confirmed  confirmed  confirmed  overtaken  .          .
    SHOWS_OTHER        overtaken  overtaken  overtaken  .          overtaken  overtaken  .          .
    SHOWS_NOTHING      .          .          .          .          .          .          .          .
    IN_DOUBT           .          refused    refused    .          .          .          .          .
    SENT               .          sending    sending    .          .          .          .          .
    TAKEN              .          .          taken      .          .          .          .          .
    DONE               .          .          written    written    .          .          .          .
    NOT_TAKEN          .          .          refused    refused    .          .          .          .
"""
_HEAD, *_ROWS = (line.split() for line in TABLE.strip().splitlines())
CASES = [
    pytest.param(State(state), Event[event], None if to == "." else State(to), id=f"{state}, {Event[event].value}")
    for event, *states in _ROWS
    for state, to in zip(_HEAD, states, strict=True)
]


@pytest.mark.parametrize(("state", "event", "to"), CASES)
def test_a_state_and_an_event_lead_where_the_table_says(state, event, to):
    assert after(state, event) == to


def test_the_table_names_every_state_with_every_event():
    assert len(CASES) == len(State) * len(Event) == 96


def test_what_the_platform_took_is_given_up_for_another_code_only_when_it_is_late():
    assert after(State.TAKEN, Event.SHOWS_OTHER) is None
    assert after(State.TAKEN, Event.SHOWS_OTHER, is_late=True) == State.OVERTAKEN


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("state", [state for state in State if state != State.TAKEN])
def test_nothing_else_depends_on_being_late(state, event):
    assert after(state, event, is_late=True) == after(state, event)
