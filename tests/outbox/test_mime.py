"""Messages written out by hand read exactly as the standard library reads its own."""

from email import message_from_bytes, policy

import pytest

from outbox.mime import alternatives

HEADERS = {
    "From": "Lane <attendance@lane.example>",
    "To": "head@lane.example",
    "Subject": "Attendance notice ref A7C3-K9MP",
}


def read(content):
    return message_from_bytes(content, policy=policy.default)


def body(content, kind="plain"):
    return read(content).get_body((kind,)).get_content().replace("\r\n", "\n")


def made(text="Please ring.\n", html="<p>Please ring.</p>\n", **headers):
    return alternatives(HEADERS | headers, text=text, html=html, boundary="=_1")


def test_both_alternatives_and_every_header_are_read_back():
    message = read(made())

    assert [(name, message[name]) for name in HEADERS] == list(HEADERS.items())
    assert message.get_content_type() == "multipart/alternative"
    assert body(made()) == "Please ring.\n"
    assert body(made(), "html") == "<p>Please ring.</p>\n"
    assert message.defects == []


@pytest.mark.parametrize(
    "text",
    [
        "é, – and “quotes” = equal signs\n",
        "a line of more than seventy-six characters, which quoted-printable has to break softly and put together\n",
        "trailing space \nand a tab\t\n",
        ".\nFrom here on\n--=_\n",
        "no newline at the end",
        "\n\ntwo empty lines before\n",
    ],
)
def test_whatever_is_written_arrives(text):
    assert body(made(text=text)) == text
    assert max(map(len, made(text=text).split(b"\r\n"))) <= 78
    assert b"\n" not in made(text=text).replace(b"\r\n", b"")


def test_a_long_or_accented_header_is_folded_and_encoded_as_the_standard_library_does():
    name = "Zoë and the Provision of a Great Many Words in its Name, by the River <attendance@lane.example>"

    message = read(made(From=f'"{name[:-28]}" {name[-27:]}'))

    assert message["From"].addresses[0].display_name.startswith("Zoë and the Provision")
    assert message["From"].addresses[0].addr_spec == "attendance@lane.example"


def test_a_header_cannot_begin_another_one():
    with pytest.raises(ValueError, match="linefeed"):
        made(Subject="Attendance\r\nBcc: everybody@example.org")


def test_a_long_header_is_broken_at_a_space_and_its_first_line_is_never_empty():
    references = " ".join(f"<{number:036}@lane.example>" for number in range(3))

    content = made(References=references)

    assert read(content)["References"] == references
    [first] = [line for line in content.split(b"\r\n") if line.startswith(b"References")]
    assert len(first) > len(b"References: ")
    assert max(map(len, content.split(b"\r\n"))) <= 78
