"""Raw, canonical and literary readings, with packs small enough to check by eye."""

from hypothesis import given
from hypothesis import strategies as st

from ovoz.evaluation.metrics import Pair, score


class LowerCase:
    def canonical(self, text):
        return text.lower().replace("'", "ʻ")


class Dialects(LowerCase):
    def literary(self, text):
        return text.replace("kelduv", "keldik")


words = st.sampled_from(
    ["Men", "bugun", "O'ZIM", "oʻzim", "МАГАЗИН", "магазин", "kelduv", "keldik"]
)
sentences = st.lists(words, max_size=8).map("  ".join)
test_sets = st.lists(st.builds(Pair, reference=sentences, hypothesis=sentences), max_size=5)


def without(figures, *suffixes):
    return {name: value for name, value in figures.items() if not name.endswith(suffixes)}


def test_each_view_forgives_what_it_reads_alike():
    pair = Pair("oʻzim kelduv магазин", "O'zim keldik магазин")
    figures = score([pair], Dialects()).figures()
    assert figures["wer.raw"] == 2 / 3
    assert figures["wer"] == 1 / 3
    assert figures["wer.literary"] == 0.0


def test_a_pack_without_dialects_has_no_literary_figure():
    figures = score([Pair("men", "men")], LowerCase()).figures()
    assert "wer.literary" not in figures
    assert figures["wer.raw"] == 0.0


def test_without_a_pack_the_text_is_taken_as_canonical():
    figures = score([Pair("Men keldim", "men keldim")]).figures()
    assert figures["wer"] == figures["wer.raw"] == 1 / 2


@given(test_sets)
def test_figures_do_not_change_when_the_texts_are_normalised_before(test_set):
    pack = Dialects()
    before = [Pair(pack.canonical(p.reference), pack.canonical(p.hypothesis)) for p in test_set]
    ours, theirs = score(test_set, pack).figures(), score(before, pack).figures()
    assert without(ours, ".raw") == without(theirs, ".raw")


@given(test_sets)
def test_normalising_both_sides_never_adds_errors(test_set):
    counts = score(test_set, LowerCase()).counts
    assert counts["word_errors"] <= counts["raw_word_errors"]
