"""Does what is served write what was trained?"""

from collections.abc import Mapping, Sequence

from ovoz.evaluation.evaluate import Evaluation, TextDifference
from ovoz.evaluation.rows import HypothesisRow


def compare_with_trained(exported: Evaluation, trained: Evaluation, system: str) -> Evaluation:
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
    equal = {"text_equal_share": 1 - len(differences) / len(both)} if both else {}
    lost = measure_wer_over_trained(exported, system, trained, system)
    measured = with_measures(exported, system, {**equal, **lost})
    return measured.model_copy(update={"differences": differences})


def measure_wer_over_trained(
    exported: Evaluation, system: str, trained: Evaluation, trained_system: str
) -> dict[str, float]:
    """The measure of that name on the first test set; empty where one has no error rate."""
    first = exported.rows[0].test_set
    ours, theirs = exported.find(system, first), trained.find(trained_system, first)
    if ours is None or theirs is None or not {"wer"} <= ours.figures.keys() & theirs.figures.keys():
        return {}
    return {"wer_over_trained": ours.figures["wer"] - theirs.figures["wer"]}


def with_measures(evaluation: Evaluation, system: str, more: Mapping[str, float]) -> Evaluation:
    """``evaluation`` with more measures of a system."""
    measures = {**evaluation.measures.get(system, {}), **more}
    return evaluation.model_copy(update={"measures": {**evaluation.measures, system: measures}})


def _of(evaluation: Evaluation, system: str) -> Sequence[HypothesisRow]:
    return [row for row in evaluation.rows if row.system == system]


def _clip(row: HypothesisRow) -> tuple[str, str, str]:
    return row.test_set, row.id, row.condition
