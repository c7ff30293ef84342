"""Which kinds of message are about a pupil."""

WITHDRAWAL = "notice.withdrawal"


def is_about_pupil(kind: str) -> bool:
    """Whether messages of a kind hold a child's data: alerts and requests to confirm do not."""
    return kind.startswith(("notice.", "feed."))
