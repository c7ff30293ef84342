"""Which kinds of message are about a pupil."""

WITHDRAWAL = "notice.withdrawal"
#: To the provider's own people about the relay, and to a recipient about its address.
_ABOUT_NOBODY = ("alert", "digest", "contact.")


def is_about_pupil(kind: str) -> bool:
    """Whether messages of a kind may hold a child's data: all do, but for those known not to."""
    return not kind.startswith(_ABOUT_NOBODY)
