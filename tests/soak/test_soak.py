"""A small soak: faults of every kind, a relay that is killed in the middle of its work, and relays that are careless.

``make soak`` runs the large one.
"""

import pytest

from benchmarks.receiver import FAULTS, REFUSED
from benchmarks.soak.expected import Soak
from benchmarks.soak.running import soaked


def test_whatever_fails_and_whoever_is_killed_every_message_arrives_once_or_again_in_order(tmp_path):
    found = soaked(tmp_path, Soak(messages=2_000, keys=100, kills=8))

    assert found.broken == []
    # It was as hard as it is meant to be.
    assert found.kills == 8
    assert found.lapses > 0
    assert found.repeats > 0
    assert {*FAULTS, REFUSED} <= found.answers.keys()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("marks before sending", "never arrived"),
        ("a new id each time", "another id"),
        ("other bytes again", "other bytes"),
    ],
)
def test_a_careless_relay_is_found_out(fault, says, tmp_path):
    found = soaked(tmp_path, Soak(messages=300, keys=30, kills=2, seed=4), fault)

    assert any(says in sentence for sentence in found.broken), found.broken[:3]
