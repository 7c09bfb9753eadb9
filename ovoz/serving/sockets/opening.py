"""A new session for a socket, or the reason why there is none."""

from ovoz.audio.containers import AudioError
from ovoz.decoding.hot_words import HotWordsError
from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.live.options import StreamOptions
from ovoz.serving.live.session import LiveSession
from ovoz.serving.problems import ProblemError, problem_of
from ovoz.serving.sockets.connection import Connection
from ovoz.serving.state import ServiceState
from ovoz.text.written.writing import WritingError


async def open_session(
    state: ServiceState, options: StreamOptions, caller: str, connection: Connection
) -> LiveSession:
    """A new session on a socket.

    Raises:
        SocketFaultError: There is no place, no model, or the options cannot be used.
    """
    try:
        return await state.live.open(options, caller, connection)
    except (AudioError, HotWordsError, ProblemError, WritingError) as error:
        raise SocketFaultError.of(problem_of(error)) from error
