"""Ovoz speech recognition for LiveKit Agents."""

from livekit.agents import Plugin

from .log import logger
from .stream import SpeechStream
from .stt import STT
from .version import __version__

__all__ = ["STT", "SpeechStream", "__version__"]


class OvozPlugin(Plugin):
    """What LiveKit's command lists."""

    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__ or "livekit.plugins.ovoz", logger)


Plugin.register_plugin(OvozPlugin())
