"""Promise 26: only the agreed destination gets a pupil's data, whatever was enqueued and whatever has changed since."""

from dataclasses import dataclass

import pytest

from app.safety.guard import MadeFor, still_agreed
from tests.app.builders import contact
from tests.builders import day

TODAY = day("Mon 2026-11-02")
GONE = "destination swindon is no longer in relay.toml: tell it by other means"
OUTSIDE = "destination mail: the receiver is outside safety.allowed_domains of relay.toml: tell it by other means"
NO_CONTACT = "contacts.csv no longer has this recipient at destination mail: add it, or cancel this"
ENDED = "the agreement of destination coventry ended on 2026-11-01: renew it"
UNDATED = "destination coventry has no agreed_on: give the date of its agreement in relay.toml"
IN_TRIAL = "this is a trial: only the addresses and destinations named in [safety] are reached"


@dataclass(frozen=True)
class Facts:
    destination: str
    address: str = ""
    kind: str = "notice.notification"


HOME = Facts("mail", "office@alder.example")


def changed(stand, **changes):
    """Mutate the routing: words of relay.toml, and roles taken out of contacts.csv."""
    for before, after in changes.get("toml", {}).items():
        assert before in stand.toml
        stand.toml = stand.toml.replace(before, after, 1)
    stand.toml += changes.get("more", "")
    stand.contacts = [each for each in stand.contacts if each["role"] not in changes.get("without", ())]
    return stand.relay.operator


@pytest.mark.parametrize(
    ("facts", "changes", "why"),
    [
        pytest.param(HOME, {}, None, id="as agreed"),
        pytest.param(Facts("swindon"), {}, GONE, id="no such destination"),
        pytest.param(HOME, {"without": ["home_school"]}, NO_CONTACT, id="the contact is gone"),
        pytest.param(
            Facts("mail", "x@y.example", "notice.withdrawal"), {}, None, id="who was told wrongly is put right"
        ),
        pytest.param(Facts("mail", "x@y.example", "alert"), {}, None, id="an alert is about no child"),
        pytest.param(
            Facts("coventry"),
            {"toml": {"agreed_on    = 2026-09-01": "agreement_until = 2026-11-01"}},
            ENDED,
            id="the agreement is over",
        ),
        pytest.param(
            Facts("coventry", kind="feed.full_day"),
            {"toml": {"agreed_on    = 2026-09-01": ""}},
            UNDATED,
            id="a feed without a date of agreement",
        ),
        pytest.param(
            Facts("coventry", kind="notice.withdrawal"),
            {"toml": {"agreed_on    = 2026-09-01": "agreement_until = 2026-11-01"}},
            None,
            id="a withdrawal needs no agreement",
        ),
        pytest.param(HOME, {"more": '\n[safety]\nmode = "trial"\n'}, IN_TRIAL, id="a trial"),
        pytest.param(
            HOME,
            {"more": '\n[safety]\nmode = "trial"\ntrial_addresses = ["OFFICE@alder.example"]\n'},
            None,
            id="a trial that names the address",
        ),
        pytest.param(
            Facts("mail", "x@evil.example", "alert"),
            {"more": '\n[safety]\nallowed_domains = ["lane.example", "alder.example", "council.example"]\n'},
            OUTSIDE,
            id="outside the allowed domains, whatever it says",
        ),
    ],
)
def test_promise_26_a_message_leaves_only_where_it_is_agreed(stand, facts, changes, why):
    """Only the agreed destination gets a pupil's data."""
    assert still_agreed(changed(stand, **changes), facts, TODAY) == why


@pytest.mark.parametrize(
    ("role", "organisation", "pupil", "is_fine"),
    [
        ("local_authority", "331", {}, True),
        ("local_authority", "331", {"la_code": "937"}, False),
        ("commissioner", "commissioner-1", {"commissioner": "commissioner-2"}, False),
        ("home_school", "999001", {"home_school_urn": "999002"}, False),
        ("home_school", "999001", {"la_code": "937"}, True),
        ("dsl", "lane-provision", {"la_code": "937"}, True),
        ("social_worker", "worker@council.example", {}, False),
    ],
)
def test_promise_26_a_mismatch_of_the_pupils_own_bodies_blocks_the_send(build, role, organisation, pupil, is_fine):
    """Only the agreed destination gets a pupil's data."""
    stand = build(pupils={"p1": pupil})
    [placed] = stand.relay.operator.placements
    made_for = MadeFor(role=role, organisation=organisation, placement=placed)

    assert (still_agreed(stand.relay.operator, HOME, TODAY, made_for) is None) is is_fine


def test_what_slipped_into_the_outbox_is_refused_by_the_channel_itself(stand):
    """Enqueued by another way, and claimed without the round of the sentry: the last door is shut."""
    with stand.receiving() as (_, mailbox):
        refused = stand.relay.channels["mail"].send(Facts("mail", "x@evil.example"))
        assert mailbox.ledger.received == ()

    assert refused.reason == NO_CONTACT


@pytest.mark.parametrize(
    ("domains", "where", "problem"),
    [
        pytest.param('"lane.example"', "contacts.csv: row 4: address", True, id="an address outside"),
        pytest.param('"lane.example", "alder.example", "*.example"', "", False, id="below a domain"),
        pytest.param(
            '"*.council.example", "alder.example"', "contacts.csv: row 4: address", True, id="not the domain itself"
        ),
        pytest.param('"COUNCIL.example.", "alder.example", "lane.example"', "", False, id="as people write them"),
    ],
)
def test_a_recipient_outside_the_allowed_domains_is_refused_with_file_and_row(stand, refusal, domains, where, problem):
    stand.toml += f"\n[safety]\nallowed_domains = [{domains}]\n"
    said = refusal(stand)

    outside = f"{where}: is outside safety.allowed_domains of relay.toml: correct it, or add its domain there"
    assert (outside in said) is problem
    assert bool(said) is problem


@pytest.mark.parametrize(
    ("safety", "problem"),
    [
        (
            'allowed_domains = ["https://council.example"]',
            'safety.allowed_domains[1]: is not a domain: write "example.org", or "*.gov.uk" for every name below gov.uk',
        ),
        ('trial_destinations = ["swindon"]', "safety.trial_destinations[1]: names no destination of this file"),
        ('trial_addresses = ["nobody"]', "safety.trial_addresses[1]: is not an email address"),
        ('mode = "tryal"', "safety.mode: must be one of 'live' or 'trial': did you mean 'trial'?"),
        ("mass_share = 0", "safety.mass_share: input should be greater than 0"),
        ("mass_pupils = 3", "safety.mass_pupils: is not a key here: did you mean 'mass_notices'?"),
    ],
)
def test_what_is_wrong_in_safety_is_said_by_key(stand, refusal, safety, problem):
    stand.toml += f"\n[safety]\n{safety}\n"

    assert refusal(stand) == [f"relay.toml: {problem}"]


def test_the_host_of_a_receiver_is_looked_at_too(stand, refusal):
    stand.places["coventry"] = "https://attendance.evil.example/in"
    stand.toml += '\n[safety]\nallowed_domains = ["lane.example", "alder.example", "council.example"]\n'

    [said] = refusal(stand)
    assert said.startswith("relay.toml: destination[1].settings.url: is outside safety.allowed_domains")


def test_a_contact_without_an_agreement_is_refused(stand, refusal):
    stand.contacts.append(contact("commissioner", "c-2", address="a@council.example", agreed_on=""))

    assert refusal(stand) == [
        "contacts.csv: row 10: agreed_on: is missing: nothing about a pupil leaves the provider without it"
    ]
