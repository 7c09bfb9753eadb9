"""``make terraform-arguments``: compare the modules' arguments with the schemas of the providers.

Terraform would ask the providers. Where it cannot be had, their schemas stand in the bindings that
CDK for Terraform generates from them: each block is a class, and its arguments are those of
``__init__``. The bindings are parsed, not imported.
"""

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import hcl2

FOLDER: Final = Path(__file__).parent
_OF_TERRAFORM: Final = {"for_each", "count", "depends_on", "lifecycle"}
"""Arguments that every resource takes."""
_OF_BINDINGS: Final = {"scope", "id", "connection", "provisioners"}
_PARSED: Final = hcl2.SerializationOptions(
    with_comments=False, explicit_blocks=False, strip_string_quotes=True
)


@dataclass(frozen=True)
class Argument:
    """An argument of a block: the type as the binding annotates it."""

    annotation: str
    is_required: bool


Blocks = dict[str, dict[str, Argument]]
"""Arguments by block, as classes of a binding."""


def read_blocks(binding: Path) -> Blocks:
    """The blocks of a resource or data source."""
    return {
        block.name: {
            given.arg.rstrip("_"): Argument(ast.unparse(given.annotation or given), default is None)
            for given, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
        }
        for block in ast.parse(binding.read_text("utf-8")).body
        if isinstance(block, ast.ClassDef)
        for init in block.body
        if isinstance(init, ast.FunctionDef) and init.name == "__init__"
    }


def find_binding(section: str, kind: str) -> Path | None:
    """The module of a resource or data source; none where the provider does not have it."""
    provider, _, rest = kind.partition("_")
    package = importlib.util.find_spec(f"cdktf_cdktf_provider_{provider}")
    if package is None or package.origin is None:
        return None
    names = [f"data_{kind}"] if section == "data" else [rest, kind]
    modules = (Path(package.origin).parent / name / "__init__.py" for name in names)
    return next(filter(Path.is_file, modules), None)


def find_faults(where: str, body: dict[str, Any], block: str, blocks: Blocks) -> Iterator[str]:
    """Arguments of a block that are unknown or missing, and those of the blocks within."""
    known = blocks[block]
    dynamic = {
        name: within["content"] for one in body.get("dynamic", ()) for name, within in one.items()
    }
    given = {name: value for name, value in body.items() if name != "dynamic"} | dynamic
    for name, value in given.items():
        if name in _OF_TERRAFORM:
            continue
        if name not in known:
            yield f"{where}: unknown: {name}"
            continue
        within = [word for word in re.findall(r"\w+", known[name].annotation) if word in blocks]
        inner = value if isinstance(value, list) else [value]
        for each in (part for part in inner if within and isinstance(part, dict)):
            yield from find_faults(f"{where}.{name}", each, within[0], blocks)
    for name, argument in known.items():
        if argument.is_required and name not in given.keys() | _OF_BINDINGS:
            yield f"{where}: missing: {name}"


def check(file: Path) -> Iterator[str]:
    """Faults of all resources and data sources in a file."""
    with file.open(encoding="utf-8") as stream:
        read = hcl2.load(stream, serialization_options=_PARSED)
    for section in ("resource", "data"):
        for kind, named in (pair for one in read.get(section, ()) for pair in one.items()):
            if kind.startswith("random_"):
                continue
            where = f"{file.relative_to(FOLDER)}: {kind}"
            binding = find_binding(section, kind)
            if binding is None:
                yield f"{where}: unknown to the provider"
                continue
            blocks = read_blocks(binding)
            whole = min((name for name in blocks if "provisioners" in blocks[name]), key=_as_config)
            for name, body in named.items():
                yield from find_faults(f"{where}.{name}", body, whole, blocks)


def _as_config(block: str) -> tuple[bool, int]:
    """A resource is there twice: as itself and as its configuration, which is the one to read."""
    return not block.endswith("Config"), len(block)


if __name__ == "__main__":
    faults = [fault for file in sorted(FOLDER.glob("*/*.tf")) for fault in check(file)]
    sys.exit("\n".join(faults) or 0)
