"""``check``: every credential, permission, route and agreement is tried, and each gets its line."""

import pytest

from app.checking import check


def lines(stand, *, on="Mon 2026-11-02 09:00", ok=False):
    """List ``subject: message`` of everything that is not fine, or of everything that is."""
    found = list(check(stand.at(on).relay))
    return [f"{each.subject}: {each.message}" for each in found if (each.is_ok is True) is ok]


def test_when_all_is_well_every_line_says_what_was_tried(build):
    allowed = '\n[safety]\nallowed_domains = ["*.example"]\n'
    stand = build(pupils={"p1": {}, "p2": {"la_code": "937"}}, more=allowed)
    with stand.receiving():
        stand.drop("Mon 2026-11-02", p1="//")

        assert lines(stand) == []
        assert lines(stand, ok=True) == [
            "school lane: folder: 1 complete files are waiting",
            "school lane: register-001.csv: 2 marks, 0 rows that cannot be read",
            "destination coventry: address: answers HTTP 405; the signature is tried by the first message",
            "destination warwickshire: folder: can be written to",
            "destination mail: mail relay: answers, without TLS, on this machine",
        ]


def test_nothing_is_pulled_and_nothing_sent(stand):
    with stand.receiving() as (authority, mailbox):
        path = stand.drop("Mon 2026-11-02", p1="//")
        lines(stand)

        assert path.exists()
        assert (authority.ledger.received, mailbox.ledger.received) == ((), ())
    assert stand.store.runs.watermark("lane") is None


def test_a_route_that_is_missing_is_said_once_with_the_pupils_concerned(stand):
    stand.contacts = [each for each in stand.contacts if each["role"] not in {"commissioner", "home_school"}]

    concerned = "add it (pupils concerned: 2)"
    assert [each for each in lines(stand) if each.startswith("routes")] == [
        f"routes: contacts.csv has no row for role commissioner of organisation commissioner-1: {concerned}",
        f"routes: contacts.csv has no row for role home_school of organisation 999001: {concerned}",
    ]


@pytest.mark.parametrize(
    ("on", "said"),
    [
        pytest.param("Mon 2026-11-30 09:00", "its agreement ends on 2026-12-01: renew it", id="soon"),
        pytest.param(
            "Wed 2026-12-02 09:00",
            "its agreement ended on 2026-12-01: nothing about a pupil is sent there until it is renewed",
            id="over",
        ),
    ],
)
def test_an_agreement_that_ends_is_said(stand, on, said):
    stand.toml = stand.toml.replace('agreement    = "agreement 2"', 'agreement = "2"\nagreement_until = 2026-12-01')

    assert f"destination warwickshire: {said}" in lines(stand, on=on)


def test_an_unreachable_receiver_and_an_unreachable_platform_have_their_lines(build):
    stand = build(arbor=True)
    stand.arbor.close()

    found = lines(stand)

    assert any(each.startswith("school brook: AttendanceRollCallRecord: ") for each in found)
    assert any(each.startswith("destination coventry: address: ") for each in found)
    assert any(each.startswith("destination mail: ") for each in found)


def test_a_drop_folder_that_is_not_there_is_said(stand):
    stand.relay  # noqa: B018 - opens it
    stand.drop_folder.rename(stand.folder / "elsewhere")

    assert "school lane: folder: the drop folder is not there: check the setting folder and whether it is mounted" in (
        lines(stand)
    )


def test_a_calendar_that_has_run_out_is_said(stand):
    assert "school lane: calendar autumn has no school day left: add the next term" in (
        lines(stand, on="Mon 2026-12-21 09:00")
    )


def test_a_school_without_pupils_is_a_warning(build):
    stand = build(pupils={})

    assert "school lane: has nobody in placements.csv: its marks cannot be matched" in lines(stand)


def test_codes_that_wait_in_quarantine_are_named(stand):
    path = stand.drop("Mon 2026-11-02", p1="N/", p2="//")
    path.write_text(path.read_text().replace(",AM,N", ",AM,QQ"))
    stand.pulled("Mon 2026-11-02 15:45")

    reason = "code 'QQ' is not in this school's code table: add it"
    assert f"school lane: 1 row in quarantine, the oldest because {reason}" in lines(stand)


def test_a_warning_of_the_configuration_comes_first(stand):
    assert lines(stand)[0] == (
        "relay.toml: feed[2].la_code: is no pupil's in placements.csv: this feed would always be empty"
    )


def test_a_document_of_the_operators_own_that_cannot_be_filled_is_named(stand):
    with stand.receiving():
        folder = stand.write() / "templates" / "documents"
        folder.mkdir(parents=True)
        (folder / "sam-minutes.txt.j2").write_text("{% block title %}Minutes{% endblock %}{{ nobody_has_this }}")

        assert [each for each in lines(stand) if each.startswith("templates")] == [
            "templates/documents/sam-minutes: cannot be filled in: UndefinedError: 'nobody_has_this' is undefined"
        ]


def test_a_team_that_an_authority_names_and_nobody_has_in_the_contacts_is_named(stand):
    with stand.receiving():
        folder = stand.write() / "authorities"
        folder.mkdir()
        (folder / "coventry.toml").write_text(
            'la_code = "331"\nname = "Coventry"\nten_day_label = "Form"\nten_day_route = "cme"\n'
            'cme_accepts_enrolled = true\nreferral_approval = "each"\ndeadline = "same_school_day"\n'
            'ten_day_contact = "cme@coventry.example"\n'
        )

        said = "contacts.csv has no local_authority at cme@coventry.example, the ten_day_contact of the authority's profile"
        assert [each for each in lines(stand) if each.startswith("routes")] == [
            f"routes: {said}: add it (pupils concerned: 2)"
        ]
