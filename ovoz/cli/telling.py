"""Telling running services that an alias has moved, instead of waiting until they ask."""

from typing import Annotated, Final

import typer

from ovoz.cli.errors import warn

_ANSWER_S: Final = 10.0

TellOption = Annotated[
    list[str] | None,
    typer.Option("--tell", metavar="URL", help="A service to tell at once; may be repeated."),
]
KeyOption = Annotated[
    str, typer.Option("--key", envvar="SERVICE_KEY", help="API key for the services.")
]


def tell_services(urls: list[str] | None, key: str) -> None:
    """Have each service ask its registry now; one that does not take it asks later by itself."""
    if not urls:
        return
    import httpx

    from ovoz.serving.api.refresh import PATH

    headers = {"X-API-Key": key} if key else {}
    for url in urls:
        try:
            answer = httpx.post(f"{url.rstrip('/')}{PATH}", headers=headers, timeout=_ANSWER_S)
            told = "" if answer.is_success else f"answered {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            told = str(error) or type(error).__name__
        if told:
            warn(f"{url} was not told, and will ask by itself: {told}", "warning")
