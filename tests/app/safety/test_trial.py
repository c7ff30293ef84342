"""A trial decides and writes everything and reaches only what is named for it; nothing of it is sent afterwards."""

import pytest

from tests.app.builders import event, mail

TRIAL = (
    '\n[safety]\nmode = "trial"\ntrial_addresses = ["office@alder.example"]\ntrial_destinations = ["warwickshire"]\n'
)


@pytest.fixture
def trial(build):
    return build(pupils={"p1": {}, "p2": {}, "p3": {"la_code": "937"}}, more=TRIAL)


def lived(stand):
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3", p3="NN NN NN")
    stand.at("Wed 2026-11-04 16:15").decide()
    stand.deliver()


def gone_live(stand, at="Thu 2026-11-05 08:00"):
    stand.toml = stand.toml.replace('"trial"', '"live"')
    stand.reread()
    stand.at(at).deliver()


def state_of(stand, *kinds):
    return sorted({f"{each.destination} {each.address} {each.state} {each.hold}" for each in stand.messages(*kinds)})


def test_only_what_is_named_is_reached(trial):
    with trial.receiving() as (authority, _mailbox):
        lived(trial)

        assert authority.ledger.received == ()
        assert {each for each in state_of(trial, "notice.") if "delivered" in each} == {
            "mail office@alder.example delivered ",
            "warwickshire  delivered ",
        }
        assert {each for each in state_of(trial, "notice.") if "delivered" not in each} == {
            "coventry  pending trial",
            "mail places@council.example pending trial",
        }


def test_all_of_it_is_marked(trial):
    with trial.receiving():
        lived(trial)

    [letter, *_] = [each for each in trial.messages("notice.") if each.address == "office@alder.example"]
    assert mail(letter)["Subject"].startswith("[TRIAL] ")
    assert mail(letter).get_body(("plain",)).get_content().startswith("[TRIAL] ")
    [notice, *_] = [each for each in trial.messages("notice.") if each.destination == "warwickshire"]
    assert event(notice)["data"]["trial"] is True
    assert trial.feeds("warwickshire")[0].manifest["trial"] is True


def test_going_live_sends_nothing_of_the_trial(trial):
    with trial.receiving() as (authority, _):
        lived(trial)
        gone_live(trial)

        assert authority.ledger.received == ()
    there = {(each.hold, each.state) for each in trial.messages() if each.destination == "coventry"}
    assert there == {("trial", "cancelled")}
    assert "The trial is over" in mail(trial.messages("alert")[-1])["Subject"]


def test_the_first_live_feed_is_the_first_of_its_sequence(trial):
    with trial.receiving():
        lived(trial)
        gone_live(trial)
        trial.live("Thu 2026-11-05", p1="//", p2="//", p3="//")
        trial.at("Thu 2026-11-05 16:15").decide()

    live = [each.manifest for each in trial.feeds("coventry") if "trial" not in each.manifest]
    assert [(each["date_to"], each["sequence"], each["previous_sequence"]) for each in live] == [
        ("2026-11-05", 1, None),
        ("2026-11-05", 2, 1),
    ]


def test_what_was_made_live_waits_for_the_end_of_a_trial_and_then_leaves(build):
    stand = build()
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    live, stand.toml = stand.toml, stand.toml + TRIAL
    stand.reread()
    with stand.receiving():
        stand.at("Wed 2026-11-04 17:00").deliver()
        assert "coventry  pending paused" in state_of(stand, "notice.")

        stand.toml = live
        stand.reread()
        stand.at("Thu 2026-11-05 08:00").deliver()
    assert {each.hold for each in stand.messages()} == {""}
