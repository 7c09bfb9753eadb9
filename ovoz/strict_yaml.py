"""YAML with each key once: PyYAML takes the last of two equal ones, and no setting changes that."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from ovoz.validation_message import describe_validation

_MERGE: Final = "tag:yaml.org,2002:merge"


class _StrictLoader(yaml.SafeLoader):
    """Refuses what PyYAML accepts in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = []
        for key_node, _ in node.value:
            # A merge may give a key again that stands beside it: that is what it is for.
            key = None if key_node.tag == _MERGE else self.construct_object(key_node, deep=True)
            if key is not None and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is there twice", key_node.start_mark
                )
            seen.append(key)
        return super().construct_mapping(node, deep)


@contextmanager
def one_line_faults(path: Path, name: str, fault: type[ValueError]) -> Iterator[None]:
    """Tell what is wrong with a YAML file that is read inside the block, in one line with its path.

    Args:
        path: The file.
        name: What it should be: profile, policy.
        fault: What is raised instead of errors of the file, of YAML and of pydantic.
    """
    try:
        yield
    except OSError as error:
        raise fault(f"{path}: no readable {name}: {error.strerror}") from error
    except ValidationError as error:
        raise fault(f"{path}: {describe_validation(error)}") from error
    except ValueError as error:
        raise fault(f"{path}: {error}") from error


def read_yaml(path: Path) -> Any:  # noqa: ANN401  (whatever the file holds)
    """The content of a YAML file.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not UTF-8, not YAML, or has a key twice; the message is one line with the
            place.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, _StrictLoader)  # noqa: S506  (a SafeLoader)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte {error.start}: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"not YAML: {place}{error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from error
