"""Write the tables of settings into ``docs/serving.md`` and ``docs/collector.md``.

    python docs/settings.py

Each table stands between two comments that name its groups.
"""

import re
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo

from collector.settings import CollectorSettings
from ovoz.serving.settings import groups, variables_of

_FOLDER: Final = Path(__file__).resolve().parent
PAGES: Final = (_FOLDER / "serving.md", _FOLDER / "collector.md")
_PLACE: Final = re.compile(r"(<!-- settings: ([\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def write_default(field: FieldInfo) -> str:
    """The default of a field, as a reader of the page needs it."""
    if isinstance(field.json_schema_extra, dict) and "shown" in field.json_schema_extra:
        return str(field.json_schema_extra["shown"])
    default: Any = field.default
    if default is None or default == "":
        return "none"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}"
    return str(default) if isinstance(default, int) else f"`{default}`"


def write_table(names: list[str]) -> str:
    """One row per variable of the named groups."""
    all_groups = groups() | groups(CollectorSettings)
    lines = ["| variable | default | what |", "| --- | --- | --- |"]
    for name in names:
        group = all_groups[name]
        for field_name, field in group.model_fields.items():
            variables = " or ".join(f"`{one}`" for one in variables_of(group, field_name))
            lines.append(f"| {variables} | {write_default(field)} | {field.description} |")
    return "\n".join(lines) + "\n"


def fill(page: str) -> str:
    """A page with its tables as the fields have it."""
    return _PLACE.sub(lambda place: place[1] + write_table(place[2].split()) + place[3], page)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(fill(page.read_text("utf-8")), "utf-8")
