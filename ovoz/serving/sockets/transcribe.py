"""``/ws/transcribe``: live transcription in our own protocol."""

from contextlib import AsyncExitStack

from fastapi import APIRouter
from starlette.websockets import WebSocket

from ovoz.audio.containers import AudioError
from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.live.session import LiveSession
from ovoz.serving.problems import ProblemError, problem_of
from ovoz.serving.sockets.connection import Connection, SocketGoneError
from ovoz.serving.sockets.credentials import identify, key_in_subprotocols
from ovoz.serving.sockets.native import NativeDialogue, StartMessage
from ovoz.serving.sockets.opening import open_session
from ovoz.serving.state import ServiceState


def transcribe_socket() -> APIRouter:
    """``/ws/transcribe``."""
    routes = APIRouter()

    @routes.websocket("/ws/transcribe")
    async def transcribe(socket: WebSocket) -> None:
        """Transcribe audio while it is spoken; the protocol is in docs/streaming.md."""
        state: ServiceState = socket.app.state.service
        key, subprotocol = key_in_subprotocols(socket)
        await socket.accept(subprotocol)
        connection, dialogue = Connection(socket, state.settings.streams), NativeDialogue()
        async with AsyncExitStack() as turn:
            try:
                start = StartMessage.parse(await connection.receive())
                dialogue = NativeDialogue(start.writing)
                caller = await identify(socket, start.token or key, turn)
                name = caller.name if caller else ""
                session = await _find_session(state, start, name, connection)
            except SocketFaultError as fault:
                await connection.refuse(dialogue.write_fault(fault), fault)
                return
            except SocketGoneError:
                return
            ready = dialogue.write_ready(session, resumed=bool(start.session_id))
            await connection.serve(state.live, session, dialogue, greeting=ready)

    return routes


async def _find_session(
    state: ServiceState, start: StartMessage, caller: str, connection: Connection
) -> LiveSession:
    """A new session, or the one that the client comes back to."""
    if not start.session_id:
        return await open_session(state, start.options, caller, connection)
    try:
        return await state.live.resume(
            start.session_id, start.last_seq, start.options, caller, connection
        )
    except (AudioError, ProblemError) as error:
        raise SocketFaultError.of(problem_of(error)) from error
