"""Settings by the names of their variables, as a deployment writes them."""

from typing import Any

from ovoz.serving.settings import ServiceSettings, groups, variables_of

_PLACES = {
    variables_of(group, field)[0].removeprefix("OVOZ_").lower(): (name, field)
    for name, group in groups().items()
    for field in group.model_fields
}


def settings_with(**variables: Any) -> ServiceSettings:
    """``settings_with(jobs_dir=…)`` is what ``OVOZ_JOBS_DIR=…`` makes."""
    chosen: dict[str, dict[str, Any]] = {}
    for variable, value in variables.items():
        group, field = _PLACES[variable]
        chosen.setdefault(group, {})[field] = value
    return ServiceSettings(**{name: groups()[name](**of) for name, of in chosen.items()})
