"""``/v1/listen``: live transcription for clients of Deepgram."""

from contextlib import AsyncExitStack

from fastapi import APIRouter
from starlette.websockets import WebSocket

from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.sockets.connection import Connection, SocketGoneError
from ovoz.serving.sockets.credentials import identify, key_in_subprotocols
from ovoz.serving.sockets.deepgram import DeepgramDialogue, read_options, write_fault
from ovoz.serving.sockets.opening import open_session
from ovoz.serving.state import ServiceState


def listen_socket() -> APIRouter:
    """``/v1/listen``."""
    routes = APIRouter()

    @routes.websocket("/v1/listen")
    async def listen(socket: WebSocket) -> None:
        """Transcribe audio while it is spoken, in Deepgram's protocol."""
        state: ServiceState = socket.app.state.service
        key, subprotocol = key_in_subprotocols(socket)
        await socket.accept(subprotocol)
        connection = Connection(socket, state.settings.streams)
        async with AsyncExitStack() as turn:
            try:
                caller = await identify(socket, key, turn)
                options = read_options(socket.query_params)
                name = caller.name if caller else ""
                session = await open_session(state, options, name, connection)
            except SocketFaultError as fault:
                await connection.refuse(write_fault(fault), fault)
                return
            except SocketGoneError:
                return
            dialogue = DeepgramDialogue(socket.query_params, session)
            await connection.serve(state.live, session, dialogue)

    return routes
