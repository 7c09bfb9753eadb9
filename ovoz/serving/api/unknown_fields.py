"""Fields of a form that a route does not have: named in the response, never dropped in silence."""

import reprlib

from fastapi import Depends, Request

from ovoz.serving.warning_header import warn


async def _name_unknown_fields(request: Request) -> None:
    # FastAPI has read the form before, and keeps it.
    form = await request.form()
    known = {field.alias for field in request.scope["route"].dependant.body_params}
    for name in sorted(set(form) - known):
        warn(request.scope, f"the field {reprlib.repr(name)} is not known, and has no effect")


UNKNOWN_FIELDS = Depends(_name_unknown_fields)
"""For the ``dependencies`` of a route that takes a form."""
