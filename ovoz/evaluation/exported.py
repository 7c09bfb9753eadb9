"""Does what is served write what was trained?"""

from collections.abc import Sequence

from ovoz.evaluation.evaluate import Evaluation, TextDifference
from ovoz.evaluation.rows import HypothesisRow


def beside_trained(exported: Evaluation, trained: Evaluation, system: str) -> Evaluation:
    """``exported`` with every text of ``system`` that the trained network wrote otherwise.

    Its measures get ``text_equal_share`` over all clips that both transcribed, and
    ``wer_over_trained`` on the first test set.
    """
    before = {_clip(row): row.hypothesis for row in _of(trained, system)}
    both = [(before[_clip(row)], row) for row in _of(exported, system) if _clip(row) in before]
    differences = [
        TextDifference(
            test_set=row.test_set, id=row.id, trained=text, exported=row.hypothesis,
            reference=row.reference,
        )
        for text, row in both
        if text != row.hypothesis
    ]  # fmt: skip
    measured = dict(exported.measures.get(system, {}))
    if both:
        measured["text_equal_share"] = 1 - len(differences) / len(both)
    first = exported.rows[0].test_set
    ours, theirs = exported.find(system, first), trained.find(system, first)
    if ours and theirs and "wer" in ours.figures and "wer" in theirs.figures:
        measured["wer_over_trained"] = ours.figures["wer"] - theirs.figures["wer"]
    return exported.model_copy(
        update={
            "differences": differences,
            "measures": {**exported.measures, system: measured},
        }
    )


def _of(evaluation: Evaluation, system: str) -> Sequence[HypothesisRow]:
    return [row for row in evaluation.rows if row.system == system]


def _clip(row: HypothesisRow) -> tuple[str, str, str]:
    return row.test_set, row.id, row.condition
