"""Telling others of an alarm: an issue on GitHub, or JSON to any receiver.

Every call has one deadline for all of it; an answer is read to a limit. What is told of a fault
has neither address nor token.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from ovoz.monitoring.actions.policy import GitHubAction, WebhookAction

if TYPE_CHECKING:
    import httpx

_VERSION: Final = "2022-11-28"
_MOST_BYTES: Final = 4_000_000


class ActionError(RuntimeError):
    """An action that could not be taken; the message says why and what to do."""


def open_issue(action: GitHubAction, title: str, text: str, environment: Mapping[str, str]) -> str:
    """Open an issue, unless one of that title and label is open; returns its address.

    Raises:
        ActionError: There is no token, GitHub does not answer, or refuses.
    """
    token = _secret(action.token_env, environment)
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": _VERSION,
    }
    address = f"{str(action.api).rstrip('/')}/repos/{action.repository}/issues"

    async def talk(client: "httpx.AsyncClient") -> str:
        query = {"labels": action.label, "state": "open", "per_page": "100"}
        for issue in await _ask(client, "GET", address, params=query):
            if issue.get("title") == title:
                return f"already open: {issue.get('html_url', '')}"
        body = {"title": title, "body": text, "labels": [action.label]}
        opened = await _ask(client, "POST", address, json=body)
        return str(opened.get("html_url", ""))

    return _within(action.deadline_s, headers, talk)


def call_webhook(action: WebhookAction, content: Any, environment: Mapping[str, str]) -> str:  # noqa: ANN401  (JSON)
    """Send ``content`` as JSON; returns what the receiver made of it.

    Raises:
        ActionError: The address is not set, nobody answers, or the receiver refuses.
    """
    address = _secret(action.url_env, environment)
    token = _secret(action.token_env, environment) if action.token_env else ""
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def talk(client: "httpx.AsyncClient") -> str:
        await _ask(client, "POST", address, json=content, reads=False)
        return "taken"

    return _within(action.deadline_s, headers, talk)


def _secret(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise ActionError(f"{name} is not set in the environment")
    return value


def _within(deadline_s: float, headers: dict[str, str], talk: Any) -> str:  # noqa: ANN401
    import httpx

    async def bounded() -> str:
        # No redirects: a token must not go where nobody named.
        client = httpx.AsyncClient(
            headers={**headers, "User-Agent": "ovoz"}, timeout=deadline_s, follow_redirects=False
        )
        async with asyncio.timeout(deadline_s), client:
            told: str = await talk(client)
            return told

    try:
        return asyncio.run(bounded())
    except TimeoutError as error:
        raise ActionError(f"no answer within {deadline_s:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ActionError(f"not reached: {type(error).__name__}") from None


async def _ask(
    client: "httpx.AsyncClient",
    method: str,
    address: str,
    *,
    reads: bool = True,
    **what: Any,
) -> Any:  # noqa: ANN401
    async with client.stream(method, address, **what) as answer:
        if not answer.is_success:
            raise ActionError(f"refused with HTTP {answer.status_code}{_hint(answer.status_code)}")
        if not reads:
            return None
        content = b""
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > _MOST_BYTES:
                raise ActionError("the answer is too long")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ActionError("the answer is no JSON") from error


def _hint(status: int) -> str:
    if status in (401, 403):
        return ": the token may not do this"
    return ": no such repository, or the token may not see it" if status == 404 else ""
