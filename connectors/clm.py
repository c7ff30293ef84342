"""CLM (Collaborative Learning Manager): a drop folder. No public interface or export layout of CLM is known.

The profiles ``clm-long`` and ``clm-wide`` are this project's proposal; each provider's own file decides.
"""

from pathlib import Path
from typing import Annotated

import msgspec

from connectors.base import Surroundings
from connectors.files import FolderConnector
from connectors.profiles import read_profile
from connectors.settings import PlatformSettings


class Settings(PlatformSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one provider's drop folder."""

    folder: str
    profile: str = "clm-long"
    #: A file is complete when it looks the same at two looks this many seconds apart.
    settle_seconds: Annotated[float, msgspec.Meta(ge=0, le=300)] = 5.0
    #: Take only files beside which lies a ``NAME.done``; the surest way, where the sender can do it.
    wants_done: bool = False


def connect(settings: Settings, surroundings: Surroundings) -> FolderConnector:
    """Set the folder up without looking into it; an unusable profile raises ``ValueError``."""
    return FolderConnector(
        folder=Path(settings.folder),
        profile=read_profile(settings.profile, surroundings.profiles),
        settle_seconds=settings.settle_seconds,
        wants_done=settings.wants_done,
        surroundings=surroundings,
    )
