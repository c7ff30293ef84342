"""``pull``: registers in, many schools at a time. One that fails stops no other; nothing of its pull is believed."""

from app.pulling.model import Asked, SchoolPull, Untaken
from app.pulling.running import pull

__all__ = ["Asked", "SchoolPull", "Untaken", "pull"]
