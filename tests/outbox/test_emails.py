import re
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest

from mapping.model import Half, Session
from outbox.emails import compose_email, moment_text, sessions_text, templates, weeks
from outbox.notice import Urgency
from outbox.seen import Seen, seen
from tests.builders import NATIONAL
from tests.outbox.builders import (
    MON,
    SENDER_ADDRESS,
    TEMPLATES,
    at,
    calendar,
    environment,
    notice,
    phoned,
    referral,
    update,
    withdrawal,
)

URGENT = notice(urgency=Urgency.URGENT_PHONE_MADE, phone_call=phoned())
ALL = [notice(), URGENT, update(), referral(), withdrawal()]


def raw(composed):
    return compose_email(composed, SENDER_ADDRESS, "commissioning@ashgrove.example", environment=environment())


def email(composed):
    return message_from_bytes(raw(composed), policy=policy.default)


def body(composed, kind="plain"):
    return email(composed).get_body((kind,)).get_content()


class Reader(HTMLParser):
    """Hears a page as a screen reader would: every start tag with its attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_headers_say_who_and_which_and_nothing_about_the_child():
    message = email(notice())

    assert message["Subject"] == "Attendance notice ref A7C3-K9MP (same day)"
    assert message["From"] == "Thornbury Lane Provision <attendance@thornburylane.example>"
    assert message["Message-ID"] == f"<{notice().message_id}@thornburylane.example>"
    assert message["Date"] == "Wed, 04 Nov 2026 15:30:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["Reply-To"] == "attendance@thornburylane.example"


@pytest.mark.parametrize(
    ("composed", "subject"),
    [
        (withdrawal(), "Attendance notice ref M6EX-4HTC"),
        (URGENT, "Attendance notice ref A7C3-K9MP (urgent)"),
        (referral(), "Attendance notice ref A7C3-K9MP (same day)"),
    ],
)
def test_a_subject_holds_a_reference_and_an_urgency_at_most(composed, subject):
    assert email(composed)["Subject"] == subject


@pytest.mark.parametrize("composed", ALL, ids=lambda each: f"{each.kind} {each.urgency}")
def test_no_message_tells_who_the_child_is(composed):
    everything = raw(composed).decode() + body(composed) + body(composed, "html")

    assert not any(
        word in everything for word in ("Canary", "Robin", "2012", "14 Mar", composed.child.upn, "Ashgrove Academy")
    )
    assert "PL-0412" in body(composed)
    assert "10293" in body(composed)


def test_a_message_is_sent_as_the_same_bytes_with_crlf_line_ends():
    first = raw(notice())

    assert first == raw(notice())
    assert first.count(b"\n") == first.count(b"\r\n")
    assert max(len(line) for line in first.split(b"\r\n")) <= 998
    assert first.isascii()


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_both_alternatives_say_what_is_asked_by_when_why_and_how_to_reply(kind):
    said = " ".join("".join(Reader(body(notice(), kind)).words).split())

    assert "Please tell us whether the pupil has been seen" in said
    assert "By Thu 5 Nov 2026" in said.replace("By:", "By")
    assert "Absent without explanation for 3 school days running" in said
    assert "After three days with no explanation we tell the commissioner" in said
    assert "rule three-days-unexplained, row S3-21" in said
    assert "Last attended" in said
    assert "the afternoon of Fri 23 Oct 2026" in said
    assert "Not recorded: Thu 22 Oct 2026 (afternoon)." in said
    assert "Reply to this message or telephone us." in said
    assert "01632 960123" in said


def test_a_telephone_call_already_made_is_told():
    assert "We telephoned (commissioner duty desk) on Wed 4 Nov 2026, 10:05 am: reached." in body(URGENT)


def test_a_withdrawal_names_the_notice_it_takes_back_and_asks_for_nothing():
    said = body(withdrawal())

    assert "This takes back our notice A7C3-K9MP." in said
    assert "WHAT WE ASK" not in said


def test_the_calendar_shows_meanings_and_never_a_code():
    said = body(notice())

    assert "Mon 2 Nov  all day: Absent, unexplained" in said
    assert "Tue 20 Oct morning: Present; afternoon: Absent, reason known" in said
    assert "Thu 22 Oct morning: Present; afternoon: Not recorded" in said
    assert "Week of Mon 26 Oct 2026\n  No session all week" in said.replace("\r\n", "\n")


def test_a_screen_reader_finds_language_headings_and_table_headers():
    page = Reader(body(notice(), "html"))
    tags = [tag for tag, _ in page.tags]

    assert ("html", {"lang": "en-GB"}) in page.tags
    assert page.open == []
    assert tags.count("h1") == 1
    assert "caption" in tags
    assert {attrs["scope"] for tag, attrs in page.tags if tag == "th"} == {"col", "row", "rowgroup"}
    assert "img" not in tags


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_every_coloured_cell_can_be_read():
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    styles = [attrs.get("style", "") for _, attrs in Reader(body(URGENT, "html")).tags]
    pairs = {
        (ground[1], ink[1])
        for style in styles
        if (ground := re.search(r"background:(#\w{6})", style)) and (ink := re.search(r"(?<!-)color:(#\w{6})", style))
    }

    assert len(pairs) >= 5
    assert all(contrast(*pair) >= 4.5 for pair in pairs)


def test_words_from_elsewhere_cannot_become_markup():
    page = body(notice(summary="<script>alert(1)</script> & more"), "html")

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page


def test_words_from_elsewhere_cannot_become_headers():
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        raw(notice(notice_ref="A7C3\r\nBcc: x@y.example"))


def test_an_operators_template_goes_before_the_one_that_ships(tmp_path):
    (tmp_path / "notice.txt.j2").write_text("Our own words, {{ notice_ref }}")

    composed = compose_email(notice(), SENDER_ADDRESS, "c@ashgrove.example", environment=templates(tmp_path, TEMPLATES))

    text = message_from_bytes(composed, policy=policy.default).get_body(("plain",)).get_content()
    assert text.strip() == "Our own words, A7C3-K9MP"


def test_words_that_an_operator_adds_changes_or_takes_away_count_from_the_next_opening_on(tmp_path):
    own = tmp_path / "notice.txt.j2"

    def opened():
        return templates(tmp_path, TEMPLATES).get_template("notice.txt.j2").filename

    assert opened() == str(TEMPLATES / "notice.txt.j2")
    own.write_text("Our own words", encoding="utf-8")
    assert templates(tmp_path, TEMPLATES).get_template("notice.txt.j2").render() == "Our own words"
    own.write_text("Other words", encoding="utf-8")
    assert templates(tmp_path, TEMPLATES).get_template("notice.txt.j2").render() == "Other words"
    own.unlink()
    assert opened() == str(TEMPLATES / "notice.txt.j2")


def test_the_calendar_ends_with_the_registers_and_leaves_out_empty_weekends():
    friday, saturday = Session(MON + timedelta(days=4), Half.AM), Session(MON + timedelta(days=5), Half.AM)
    days = (*calendar(MON, "// // // // //"), (saturday, Seen.NO_SESSION))

    ((monday, shown),) = weeks(days, until=friday.day - timedelta(days=1))
    assert (monday, len(shown)) == (MON, 4)
    ((_, shown),) = weeks(days, until=saturday.day)
    assert [day for day, _, _ in shown][-1] == friday.day


@pytest.mark.parametrize(
    ("mark", "meaning"),
    [
        ("/", Seen.PRESENT), ("L", Seen.PRESENT), ("B", Seen.PRESENT), ("K", Seen.PRESENT),
        ("N", Seen.UNEXPLAINED), ("O", Seen.UNEXPLAINED),
        ("I", Seen.EXPLAINED), ("M", Seen.EXPLAINED), ("G", Seen.EXPLAINED), ("U", Seen.EXPLAINED),
        ("C2", Seen.NO_SESSION), ("E", Seen.NO_SESSION), ("S", Seen.NO_SESSION),
        ("D", Seen.NO_SESSION), ("Y7", Seen.NO_SESSION), ("#", Seen.NO_SESSION),
    ],
)  # fmt: skip
def test_a_code_shows_its_meaning(mark, meaning):
    assert seen(NATIONAL[mark].byte, NATIONAL) is meaning


@pytest.mark.parametrize(
    ("byte", "meaning"), [("-", Seen.NOT_RECORDED), ("?", Seen.NOT_RECORDED), (".", Seen.NO_SESSION)]
)
def test_a_byte_that_is_no_code_shows_what_is_known(byte, meaning):
    assert seen(ord(byte), NATIONAL) is meaning


def test_times_are_those_of_clocks_in_england():
    assert moment_text(at(12, 0, day=date(2026, 7, 1))) == "Wed 1 Jul 2026, 1:00 pm"
    assert moment_text(at(0, 5)) == "Wed 4 Nov 2026, 12:05 am"


def test_a_first_notice_without_a_row_or_an_action_reads_well():
    bare = notice(policy=replace(notice().policy, rows=()), actions=())

    assert "rule three-days-unexplained)" in body(bare)
    assert "WHAT WE HAVE DONE" not in body(bare)


def missing(*days):
    return tuple(Session(MON + timedelta(days=day), half) for day in days for half in Half)


@pytest.mark.parametrize(
    ("sessions", "text"),
    [
        (missing(0), "Mon 2 Nov 2026"),
        ((Session(MON, Half.PM), Session(MON + timedelta(days=1), Half.AM)), "Mon 2 Nov 2026 (afternoon), Tue 3 Nov 2026 (morning)"),
        (missing(0, 1, 2, 3, 4, 7, 8), "Mon 2 Nov 2026, Tue 3 Nov 2026, Wed 4 Nov 2026, Thu 5 Nov 2026, Fri 6 Nov 2026, Mon 9 Nov 2026 and 1 more day"),
        (missing(*range(9)), "Mon 2 Nov 2026, Tue 3 Nov 2026, Wed 4 Nov 2026, Thu 5 Nov 2026, Fri 6 Nov 2026, Sat 7 Nov 2026 and 3 more days"),
    ],
)  # fmt: skip
def test_missing_registers_are_named_by_day_and_of_many_the_first(sessions, text):
    assert sessions_text(sessions) == text


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_kinds_cannot_be_taken_for_one_another(kind):
    said = {
        each.kind: "".join(Reader(body(each, kind)).words) for each in (notice(), update(), referral(), withdrawal())
    }

    assert [kind for kind, text in said.items() if "It is not a referral: the case stays with us." in text] == [
        "notification"
    ]
    assert [kind for kind, text in said.items() if "what has changed in a case that you know of" in text] == ["update"]
    assert [kind for kind, text in said.items() if "This is a referral: we ask you to take the case up" in text] == [
        "referral"
    ]
    assert [kind for kind, text in said.items() if "An earlier notice was wrong, and this takes it back." in text] == [
        "withdrawal"
    ]


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_an_update_says_what_is_new_and_what_it_replaces_in_words(kind):
    said = " ".join("".join(Reader(body(update(), kind)).words).split())

    assert "since our last notice, P9KW-3FNA, which this one replaces" in said.replace("Since", "since")
    assert "a further step of our policy has been reached" in said
    assert "more sessions were missed" in said
    assert "rung_reached" not in said


def test_a_code_of_change_without_words_is_shown_as_its_own():
    assert "- carer changed" in body(update(changes_since_last=("carer_changed",)))


def test_a_later_notice_answers_the_one_before_and_refers_to_the_case():
    first, later = email(notice()), email(update())

    assert first["In-Reply-To"] is None
    assert first["References"] == "<H4RT-27WX@thornburylane.example>"
    assert later["In-Reply-To"] == f"<{update().follows}@thornburylane.example>"
    assert later["References"] == f"{first['References']} {later['In-Reply-To']}"
    assert b"\r\nReferences: <H4RT" in raw(update())
