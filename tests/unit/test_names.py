"""Names have one meaning over the whole product (docs/glossary.md)."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("ovoz", "steps", "pipelines", "bentos", "collector")


def test_no_two_classes_share_a_name():
    places = defaultdict(list)
    for file in (path for room in PRODUCT for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].append(f"{file.relative_to(ROOT)}:{node.lineno}")
    shared = {name: found for name, found in places.items() if len(found) > 1}
    assert shared == {}


def test_no_module_looks_like_a_test() -> None:
    files = [path for room in PRODUCT for path in (ROOT / room).rglob("*.py")]
    assert [file for file in files if f"_{file.stem}_".startswith("_test_")] == []
    assert [file for file in files if file.stem.endswith("_test")] == []
