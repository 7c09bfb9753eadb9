"""The API as BentoML's processes need it: built where it serves, and only there.

BentoML imports the module of a service in its supervisor too, which serves nothing. The API takes
seconds to import: there they would come before the process that serves begins to import it.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cached_property

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class LateApp(Starlette):
    """An application that is built when it is first asked for.

    Args:
        build: builds it.
    """

    def __init__(self, build: Callable[[], Starlette]) -> None:
        super().__init__(lifespan=self._live)  # BentoML runs the lifespans of Starlette's alone
        self._build = build

    @cached_property
    def built(self) -> Starlette:
        """The application."""
        return self._build()

    @property
    def routes(self) -> list[BaseRoute]:
        """Those of the application: BentoML asks them what is mounted here."""
        return self.built.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the application answer."""
        await self.built(scope, receive, send)

    @asynccontextmanager
    async def _live(self, _app: Starlette) -> AsyncIterator[None]:
        async with self.built.router.lifespan_context(self.built):
            yield


class LateMiddlewares:
    """ASGI middleware that is all of ours: a process that serves constructs it, no other does.

    Args:
        app: what they are around.
        build: gives them, from the outside in.
    """

    def __init__(self, app: ASGIApp, build: Callable[[], Sequence[Middleware]]) -> None:
        for middleware in reversed(build()):
            app = middleware.cls(app, *middleware.args, **middleware.kwargs)
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request through all of them."""
        await self._app(scope, receive, send)
