"""``/v1/realtime``: live transcription for clients of OpenAI."""

from contextlib import AsyncExitStack

from fastapi import APIRouter
from starlette.websockets import WebSocket

from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.sockets.connection import Connection, SocketGoneError
from ovoz.serving.sockets.credentials import identify, key_in_subprotocols
from ovoz.serving.sockets.dialogue import AudioCommand, ReplyCommand, bad_message
from ovoz.serving.sockets.openai import RealtimeDialogue
from ovoz.serving.sockets.opening import open_session
from ovoz.serving.state import ServiceState


def realtime_socket() -> APIRouter:
    """``/v1/realtime``."""
    routes = APIRouter()

    @routes.websocket("/v1/realtime")
    async def realtime(socket: WebSocket) -> None:
        """Transcribe audio while it is spoken, in OpenAI's realtime protocol."""
        state: ServiceState = socket.app.state.service
        key, subprotocol = key_in_subprotocols(socket)
        await socket.accept(subprotocol)
        connection = Connection(socket, state.settings.streams)
        dialogue = RealtimeDialogue(socket.query_params.get("model", ""))
        async with AsyncExitStack() as turn:
            try:
                caller = await identify(socket, key, turn)
                if socket.query_params.get("intent", "transcription") != "transcription":
                    raise bad_message("intent: transcription is what this service does")
                dialogue.read_address(socket.query_params)
                await connection.send(dialogue.write_created())
                audio = await _wait_for_audio(connection, dialogue)
                name = caller.name if caller else ""
                session = await open_session(state, dialogue.options, name, connection)
            except SocketFaultError as fault:
                await connection.refuse(dialogue.write_fault(fault), fault)
                return
            except SocketGoneError:
                return
            await connection.serve(state.live, session, dialogue, first=[audio])

    return routes


async def _wait_for_audio(connection: Connection, dialogue: RealtimeDialogue) -> AudioCommand:
    """The first audio; what is said before it settles how it is read.

    Raises:
        SocketFaultError: As :meth:`Connection.receive`, or a message is none.
        SocketGoneError: The client is gone.
    """
    while True:
        content = await connection.receive()
        if isinstance(content, bytes):
            raise bad_message("audio comes as base64 in input_audio_buffer.append")
        command = dialogue.read(content)
        if isinstance(command, AudioCommand):
            return command
        if isinstance(command, ReplyCommand):
            await connection.send(command.messages)
