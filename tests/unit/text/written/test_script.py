"""The script of the answer."""

import pytest

from ovoz.text.written.figures import write_figures
from ovoz.text.written.script import Script, write_in_script


@pytest.mark.parametrize(
    ("script", "written"),
    [
        (Script.CANONICAL, "XXI asr заказni 15 ta перевод есть"),
        (Script.LATIN, "XXI asr zakazni 15 ta perevod yest"),
        (Script.CYRILLIC, "XXI аср заказни 15 та перевод есть"),
    ],
)
def test_the_answer_is_in_the_script_asked_for(script: Script, written: str) -> None:
    spoken = "yigirma birinchi asr заказni oʻn beshta перевод есть"
    text = write_in_script(write_figures(spoken.split()), script)
    assert text.text == written
    assert text.spoken == spoken
