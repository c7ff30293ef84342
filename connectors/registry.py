"""Every platform there is: a new one is its module and one line here, and the contract suite tests it at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors import arbor, class_charts, class_charts_web, clm, generic_files, wonde
from connectors.base import Connector, Surroundings
from connectors.settings import PlatformSettings

__all__ = ["PLATFORMS", "Platform", "Surroundings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """How a platform is set up: its settings, its connector, and the code table it starts from.

    ``connect(settings, surroundings)`` opens no connection; it raises ``ValueError`` with one sentence for settings
    that cannot work (an http address, an unknown profile). ``codes`` is a file stem in ``config/codes``; ``writes``
    says that the connector is a ``MarkWriter`` too.
    """

    settings: type[PlatformSettings]
    connect: Callable[[Any, Surroundings], Connector]
    codes: str
    writes: bool = False


PLATFORMS: dict[str, Platform] = {
    "arbor": Platform(settings=arbor.Settings, connect=arbor.connect, codes="arbor", writes=True),
    "class_charts": Platform(settings=class_charts.Settings, connect=class_charts.connect, codes="class_charts"),
    "class_charts_web": Platform(
        settings=class_charts_web.Settings, connect=class_charts_web.connect, codes="class_charts"
    ),
    "clm": Platform(settings=clm.Settings, connect=clm.connect, codes="clm"),
    "wonde": Platform(settings=wonde.Settings, connect=wonde.connect, codes="wonde", writes=True),
    "files": Platform(settings=generic_files.Settings, connect=generic_files.connect, codes="files"),
}
