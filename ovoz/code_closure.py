"""The source files that a module's results depend on, found by following imports.

grimp reads the sources and imports nothing; imports within functions and under ``TYPE_CHECKING``
count. Dependencies that no import statement names are added: the packages that a module lies in,
modules that another names to start them in a process of their own, modules that a YAML file names
for ``import_module``, and data files of a package, for the modules that read them.
"""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files as package_files
from pathlib import Path
from typing import Final

import grimp

_LIBRARY: Final = "ovoz"
_DOTTED_NAME: Final = re.compile(r"\b[a-z]\w*(?:\.[a-z_]\w*)+")
_QUOTED_NAME: Final = re.compile(rf'"({_DOTTED_NAME.pattern})"')


@dataclass(frozen=True, slots=True)
class _Sources:
    """Modules with their files and imports; data files with the modules that read them."""

    files: Mapping[str, Path]
    imports: Mapping[str, set[str]]
    readers: Mapping[Path, set[str]]


@cache
def find_code_closure(module: str, ignored: str | None = None) -> tuple[Path, ...]:
    """Files of a module and of everything that it imports, directly or not.

    Args:
        module: Full name of a module in ``ovoz``, or in a package that uses it, such as ``steps``.
        ignored: Package to leave out, with what only its modules import.

    Returns:
        Absolute paths, sorted.

    Raises:
        ModuleNotFoundError: There is no such module.
    """
    sources = _read_sources(module.partition(".")[0])
    if module not in sources.files:
        raise ModuleNotFoundError(f"there is no module {module}", name=module)
    reached: set[str] = set()
    waiting = {module}
    while waiting:
        name = waiting.pop()
        if not (ignored and f"{name}.".startswith(f"{ignored}.")):
            reached.add(name)
            waiting |= sources.imports[name] - reached
    code = {sources.files[name] for name in reached}
    data = {file for file, readers in sources.readers.items() if readers & reached}
    return tuple(sorted(code | data))


def digest_code(files: Iterable[Path]) -> str:
    """Hex digest of what ``files`` do: comments, docstrings and layout of Python do not count."""
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        is_python = file.suffix == ".py"
        digest.update(_digest_python(content) if is_python else hashlib.sha256(content).digest())
    return digest.hexdigest()


@lru_cache(maxsize=4096)  # the steps of a run share most files
def _digest_python(content: bytes) -> bytes:
    code = ast.dump(_DocstringRemover().visit(ast.parse(content)))
    return hashlib.sha256(code.encode()).digest()


class _DocstringRemover(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node


@cache
def _read_sources(package: str) -> _Sources:
    """The library and ``package``; a quarter of a second for 300 modules."""
    graph = grimp.build_graph(*{_LIBRARY, package}, cache_dir=None)
    files = {module: _locate(module) for module in graph.modules}
    texts = {module: file.read_text("utf-8") for module, file in files.items()}
    packages = {file.parent: module for module, file in files.items() if file.stem == "__init__"}
    readers = {data: _find_readers(data, owner, texts) for data, owner in _data_files(packages)}
    imports = {
        module: {
            *graph.find_modules_directly_imported_by(module),
            *(files.keys() & {module.rpartition(".")[0], *_named_modules(module, text, readers)}),
        }
        for module, text in texts.items()
    }
    return _Sources(files, imports, readers)


def _locate(module: str) -> Path:
    package, *below = module.split(".")
    path = Path(str(package_files(package))).joinpath(*below)
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _data_files(packages: Mapping[Path, str]) -> Iterator[tuple[Path, str]]:
    """Files that are no code, each with the innermost package that it lies in."""
    tops = [folder for folder, name in packages.items() if "." not in name]
    for path in sorted(path for top in tops for path in top.rglob("*") if path.is_file()):
        if path.suffix not in {".py", ".pyc"} and path.name != "py.typed":
            yield path, next(packages[parent] for parent in path.parents if parent in packages)


def _find_readers(data: Path, owner: str, texts: Mapping[str, str]) -> set[str]:
    """Modules of ``owner`` that name the file or its folder; if none does, ``owner`` itself."""
    named = re.compile(rf"{re.escape(data.name)}|[\"'/]{re.escape(data.parent.name)}[\"'/]")
    below = (module for module in texts if f"{module}.".startswith(f"{owner}."))
    return {module for module in below if named.search(texts[module])} or {owner}


def _named_modules(module: str, text: str, readers: Mapping[Path, set[str]]) -> set[str]:
    """What the strings of a module may name, and the YAML files that it imports modules from."""
    names = set(_QUOTED_NAME.findall(text))
    if "import_module(" in text:
        for data in (file for file, by in readers.items() if module in by):
            names.update(_DOTTED_NAME.findall(data.read_text("utf-8", errors="ignore")))
    return names | {f"{name}.__main__" for name in names}
