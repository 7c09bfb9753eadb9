"""The page's modules that touch no document, in node's own test runner."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from ovoz.serving.web import page

TESTS = Path(__file__).parent / "js"
STATIC = Path(page.__file__).parent / "static/js"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("no node here")
    major = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    if int(major.lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"node {major.strip()}: 20 is needed")
    return found


def test_modules(node) -> None:
    files = [str(file) for file in sorted(TESTS.glob("*.test.mjs"))]
    assert files
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_document_is_an_archive_that_others_read(node) -> None:
    words = [
        {"text": text, "start_s": start_s, "end_s": start_s + 0.4, "language": language}
        for text, start_s, language in [
            ("o\u02bbzbek", 0, "uz"), ("кредит", 0.5, "ru"), ("заказni", 1, "mixed"),
            ("<b>&\u0000", 5, "uz"),
        ]
    ]  # fmt: skip
    answer = json.dumps({"text": " ".join(word["text"] for word in words), "words": words})
    code = f"""
        import {{ docx }} from {json.dumps((STATIC / "docx.js").as_uri())};
        process.stdout.write(docx({answer}));
    """
    command = [node, "--input-type=module", "--eval", code]
    content = subprocess.run(command, capture_output=True, timeout=60, check=True).stdout
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
    assert set(parts) == {"[Content_Types].xml", "_rels/.rels", "word/document.xml"}
    document = parts["word/document.xml"]
    paragraphs = ["".join(one.itertext()) for one in document.iter(f"{WORD}p")]
    assert paragraphs == ["o\u02bbzbek кредит заказni", "<b>&"]
    tags = [tag.get(f"{WORD}val") for tag in document.iter(f"{WORD}lang")]
    assert tags == ["uz-Latn-UZ", "ru-RU", "uz-Latn-UZ"]
