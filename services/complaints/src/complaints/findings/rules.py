"""What an inspection finds, case by case, how grave it is, and when it has been put right. House rules."""

from collections.abc import Collection, Mapping
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid


class Severity(Code):
    """How grave a finding is."""

    MINOR = "minor", "一般"
    SERIOUS = "serious", "较重"
    GRAVE = "grave", "严重"


#: Findings that are put right before the inspection is closed; others may be.
TO_PUT_RIGHT = frozenset({Severity.SERIOUS, Severity.GRAVE})


class NotAnInspector(Forbidden):
    """Only those whom the plan names inspect."""

    code = "not_an_inspector"


class InspectorNotIndependent(Conflict):
    """Nobody inspects what they or their own unit handled."""

    code = "inspector_not_independent"


class CaseExamined(Conflict):
    """The case was examined before."""

    code = "case_examined"


class CasesNotExamined(Conflict):
    """Cases of the sample are left: examine them, or say why not."""

    code = "cases_not_examined"


class NothingLeftOut(Invalid):
    """Every case was examined: there is nothing to explain."""

    code = "nothing_left_out"


class FindingsNotPutRight(Conflict):
    """Serious findings have an action that had an effect, and no action waits."""

    code = "findings_not_put_right"


def require_inspector(person_id: UUID, inspectors: Collection[UUID]) -> None:
    """Refuse everybody whom the plan does not name.

    Raises:
        NotAnInspector: somebody else.
    """
    if person_id not in inspectors:
        raise NotAnInspector("Only those whom the plan names inspect.")


def require_independent(
    person_id: UUID, unit_id: UUID | None, *, involved: Collection[UUID | None], handling_unit: UUID | None
) -> None:
    """Refuse an inspector who took part in a case, or whose unit handled it.

    Args:
        person_id: The inspector.
        unit_id: The inspector's unit at the time of planning.
        involved: Who handled, proposed and approved.
        handling_unit: The handler's unit, as far as known.

    Raises:
        InspectorNotIndependent: one of these.
    """
    if person_id in involved or (unit_id is not None and unit_id == handling_unit):
        raise InspectorNotIndependent("Somebody examines this case who took no part in it, nor did their unit.")


def require_all_examined(left: int, why_not: str | None) -> None:
    """Refuse to complete with cases left over and no word why, or with a word about nothing.

    Raises:
        CasesNotExamined: says how many.
        NothingLeftOut: there are none.
    """
    if left and why_not is None:
        raise CasesNotExamined("Examine every case of the sample, or say why not.", left=left)
    if not left and why_not is not None:
        raise NothingLeftOut("Every case was examined.", pointer="/why_not_all")


def unsettled(
    severities: Mapping[UUID, Severity], *, effective: Mapping[UUID, int], waiting: Mapping[UUID, int]
) -> list[UUID]:
    """Return the findings that are not put right.

    Args:
        severities: How grave each finding is.
        effective: How many actions of a finding had an effect.
        waiting: How many actions of a finding are still to be done or judged.
    """
    return [
        finding_id
        for finding_id, severity in severities.items()
        if waiting.get(finding_id) or (severity in TO_PUT_RIGHT and not effective.get(finding_id))
    ]


def require_settled(finding_ids: Collection[UUID]) -> None:
    """Refuse to close an inspection before its findings are put right.

    Raises:
        FindingsNotPutRight: names them.
    """
    if finding_ids:
        raise FindingsNotPutRight(
            "Serious findings have an action that had an effect, and no action waits.",
            findings=[str(finding_id) for finding_id in finding_ids],
        )
