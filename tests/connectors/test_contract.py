"""What every connector promises, whichever platform it speaks to: a new platform is tested before its author writes a test."""

import csv
import traceback
from contextlib import suppress

import msgspec
import pytest

from connectors.base import Malformed, PullFailed, Rejected, Unavailable
from connectors.registry import PLATFORMS
from mapping.normalise import LATE, NOT_A_MARK
from tests.builders import CANARY, NATIONAL, upn
from tests.connectors.rigs import RIGS, SECRET, SHIPPED, WEEK
from tests.connectors.worlds import brought, expected

FAILURES = {"make_empty", "make_unavailable", "make_rejected", "make_malformed"}


def test_a_pull_brings_every_mark_of_the_window_and_no_other(rig):
    rig.fill()

    pulled = rig.pull()

    assert brought(pulled) == expected(rig.world)
    assert len(pulled.marks) == 107
    assert (pulled.first, pulled.last, pulled.unreadable) == (WEEK.first, WEEK.last, ())


def test_every_mark_brings_the_upn_of_its_pupil(rig):
    rig.fill()

    assert {mark.platform_id: mark.upn for mark in rig.pull().marks}["4007"] == upn(4007)


def test_a_register_not_taken_yet_is_no_mark(rig):
    rig.fill()

    taken = {(mark.platform_id, str(mark.session)) for mark in rig.pull().marks}

    assert ("4011", "Mon 9 Mar 2026 AM") in taken
    assert ("4011", "Mon 9 Mar 2026 PM") not in taken
    assert not {platform_id for platform_id, _ in taken} & {"4012"}


def test_every_mark_says_where_it_was_found(rig):
    rig.fill()

    places = [mark.where for mark in rig.pull().marks]

    assert all(any(sign.isdigit() for sign in place) for place in places)
    assert len(set(places)) == len(places)


def test_the_progress_bar_hears_of_every_record(rig):
    rig.fill()
    counts = []

    rig.connector.pull(WEEK, seen=counts.append)

    assert sum(counts) == 120


def test_a_second_pull_brings_the_same_or_nothing_new_and_never_a_failure(rig):
    rig.fill()
    first = rig.pull()
    rig.connector.committed()

    second = rig.pull()

    assert brought(second) == (brought(first) if rig.reads_again else [])


def test_a_pull_that_was_not_stored_can_be_made_again(rig):
    rig.fill()

    first, second = rig.pull(), rig.pull()

    assert brought(first) == brought(second) == expected(rig.world)


def test_what_a_platform_offers_is_shown_without_taking_anything_in(rig):
    rig.fill()

    offered = rig.connector.discover(WEEK, seen=lambda _: None)

    assert {code.symbol for code in offered.codes if code.marks} <= {symbol for _, _, symbol in expected(rig.world)}
    assert {"/", "\\"} <= {code.symbol for code in offered.codes if code.marks}
    assert WEEK.first <= offered.first <= offered.last <= WEEK.last
    assert brought(rig.pull()) == expected(rig.world)


def test_an_empty_answer_is_whole_and_empty_or_no_answer_at_all(rig):
    rig.fill()
    rig.make_empty()

    try:
        pulled = rig.pull()
    except Malformed:
        assert rig.empty_is_malformed
    else:
        assert (pulled.marks, pulled.is_whole, rig.empty_is_malformed) == ((), True, False)


def test_a_platform_that_is_not_there_is_unavailable_for_as_long_as_it_says(rig):
    rig.make_unavailable()

    with pytest.raises(Unavailable) as failure:
        rig.pull()

    assert failure.value.retry_after == rig.asks_for_delay


def test_a_refused_credential_or_right_is_rejected_without_a_second_try(rig):
    rig.make_rejected()

    with pytest.raises(Rejected):
        rig.pull()

    assert rig.slept == []


def test_a_web_page_instead_of_data_is_malformed(rig):
    rig.make_malformed()

    with pytest.raises(Malformed):
        rig.pull()


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_no_failure_names_a_secret_or_a_pupil(rig, failure):
    rig.fill()
    getattr(rig, failure)()
    said = ""

    try:
        rig.pull()
    except PullFailed as problem:
        said = "".join(traceback.format_exception(problem))
    with suppress(PullFailed):
        said += "".join(finding.subject + finding.message for finding in rig.connector.check())
    said += repr(rig.connector) + repr(msgspec.convert(rig.raw, PLATFORMS[rig.name].settings))

    assert [word for word in (SECRET, *CANARY) if word in said] == []


def test_a_check_of_a_healthy_platform_finds_everything_fine(rig):
    rig.fill()

    findings = rig.connector.check()

    assert [finding for finding in findings if not finding.ok] == []
    assert findings


@pytest.mark.parametrize("failure", ["make_unavailable", "make_rejected", "make_malformed"])
def test_a_check_of_an_ailing_platform_says_so_and_raises_nothing(rig, failure):
    getattr(rig, failure)()

    assert not all(finding.ok for finding in rig.connector.check())


def test_a_misspelt_setting_is_an_error_that_names_it(rig):
    with pytest.raises(msgspec.ValidationError, match="adress"):
        msgspec.convert(rig.raw | {"adress": "x"}, PLATFORMS[rig.name].settings)


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_a_platform_comes_with_a_code_table_of_national_codes(platform):
    with (SHIPPED / "codes" / f"{platform.codes}.csv").open(newline="", encoding="utf-8") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]

    codes = {code for _, code, *_ in rows}
    assert codes <= {code.code for code in NATIONAL} | {LATE, NOT_A_MARK}
    assert len({symbol for symbol, *_ in rows}) == len(rows)


def test_every_platform_has_a_rig():
    assert RIGS.keys() == PLATFORMS.keys()
