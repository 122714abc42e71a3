"""Accountability (问责): finding, opinion, decision by another department, measure on a person or a channel, appeal.

Source: 营销管理制度第十三条 (who breaks the rules is held to account) and 银行业保险业消费投诉处理管理办法 (CBIRC order
2020 no. 3): complaints enter accountability and assessment, and the cooperation of partners counts. That the decision
is another department's, who appeals until when, and that measures go on meanwhile, are house rules.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid, SecondPersonNeeded
from shared.states import step

#: Policy row: calendar days after the decision in which it is appealed against.
APPEAL_DAYS = "accountability.appeal_days"


class AccountabilityStatus(Code):
    """Where a case of accountability stands."""

    FOUND = "found", "已立案"
    OPINED = "opined", "已提处理意见、待决定"
    DECIDED = "decided", "已决定"
    APPEALED = "appealed", "申诉复议中"
    CONCLUDED = "concluded", "复议已有结论"


class AccountabilityCommand(StrEnum):
    """What may be done to it; the last part of the command's path."""

    OPINE = "give-opinion"
    REFER = "refer"
    DECIDE = "decide"
    APPEAL = "appeal"
    DECIDE_APPEAL = "decide-appeal"


class Measure(Code):
    """What somebody held to account meets."""

    TALK = "talk", "约谈提醒"
    CRITICISM = "criticism", "通报批评"
    TRAINING = "training", "离岗培训"
    PAY_CUT = "pay_cut", "扣减绩效薪酬"
    SALES_STOPPED = "sales_stopped", "暂停销售资格"
    DEMOTION = "demotion", "调整岗位或降职"
    DISMISSAL = "dismissal", "解除劳动合同"
    RECTIFICATION = "rectification", "限期整改"
    NO_NEW_PRODUCTS = "no_new_products", "暂停新增代销产品"
    SALES_SUSPENDED = "sales_suspended", "暂停代销"
    EXIT = "exit", "终止合作"


class AppealOutcome(Code):
    """What an appeal comes to."""

    UPHELD = "upheld", "维持"
    CHANGED = "changed", "变更"
    REVOKED = "revoked", "撤销"


class AccountabilityCommandNotAllowed(Conflict):
    """The state does not allow this command."""

    code = "accountability_command_not_allowed"


class SubjectUnclear(Invalid):
    """One is held to account: a staff member or a channel."""

    code = "subject_unclear"


class AlreadyHeldToAccount(Conflict):
    """The same one is held to account for the same already."""

    code = "already_held_to_account"


class MeasureUnfit(Invalid):
    """This measure does not fit who is held to account, or the outcome."""

    code = "measure_unfit"


class SubjectTakesNoPart(Forbidden):
    """Who is held to account takes no part in it but the appeal."""

    code = "subject_takes_no_part"


class AnotherDepartmentDecides(Conflict):
    """The decision is that of a department that neither found, proposed nor is held to account."""

    code = "another_department_decides"


class NotTheSubject(Forbidden):
    """Only who is held to account appeals."""

    code = "not_the_subject"


class AppealTooLate(Conflict):
    """The days in which the decision could be appealed against are over."""

    code = "appeal_too_late"


_MOVES: Mapping[AccountabilityStatus, Mapping[AccountabilityCommand, AccountabilityStatus]] = {
    AccountabilityStatus.FOUND: {AccountabilityCommand.OPINE: AccountabilityStatus.OPINED},
    AccountabilityStatus.OPINED: {
        AccountabilityCommand.REFER: AccountabilityStatus.OPINED,
        AccountabilityCommand.DECIDE: AccountabilityStatus.DECIDED,
    },
    AccountabilityStatus.DECIDED: {AccountabilityCommand.APPEAL: AccountabilityStatus.APPEALED},
    AccountabilityStatus.APPEALED: {
        AccountabilityCommand.REFER: AccountabilityStatus.APPEALED,
        AccountabilityCommand.DECIDE_APPEAL: AccountabilityStatus.CONCLUDED,
    },
    AccountabilityStatus.CONCLUDED: {},
}
#: States in which who is held to account has been told.
TOLD = frozenset({AccountabilityStatus.DECIDED, AccountabilityStatus.APPEALED, AccountabilityStatus.CONCLUDED})

_ON_BOTH = frozenset({Measure.TALK})
_ON_CHANNELS = frozenset({Measure.RECTIFICATION, Measure.NO_NEW_PRODUCTS, Measure.SALES_SUSPENDED, Measure.EXIT})


def allowed(status: AccountabilityStatus) -> list[AccountabilityCommand]:
    """Return the commands taken now, in alphabetical order."""
    return sorted(_MOVES[status])


def after(command: AccountabilityCommand, status: AccountabilityStatus) -> AccountabilityStatus:
    """Return the state that a command leads to.

    Raises:
        AccountabilityCommandNotAllowed: says which commands are allowed.
    """
    told = f"A case of accountability that is {status} does not take {command!s}."
    return step(_MOVES, status, command, refused=AccountabilityCommandNotAllowed, told=told)


def require_one_subject(staff_id: UUID | None, channel_id: UUID | None) -> None:
    """Refuse both or none of a staff member and a channel.

    Raises:
        SubjectUnclear: one of these.
    """
    if (staff_id is None) == (channel_id is None):
        raise SubjectUnclear("Name a staff member or a channel, not both.", pointer="/staff_id")


def require_fit(measure: Measure | None, *, is_channel: bool) -> None:
    """Refuse a measure on persons for a channel, and the other way round.

    Raises:
        MeasureUnfit: says for whom it is.
    """
    if measure is not None and measure not in _ON_BOTH and (measure in _ON_CHANNELS) != is_channel:
        raise MeasureUnfit("This measure is not one for who is held to account.", pointer="/measure")


def require_clear_appeal(outcome: AppealOutcome, measure: Measure | None) -> None:
    """Refuse a changed decision without its measure, and a measure beside any other outcome.

    Raises:
        MeasureUnfit: one of these.
    """
    if (outcome is AppealOutcome.CHANGED) != (measure is not None):
        raise MeasureUnfit("A changed decision, and no other, names the measure.", pointer="/measure")


def measure_after(outcome: AppealOutcome, *, decided: Measure | None, changed: Measure | None) -> Measure | None:
    """Return the measure that holds after an appeal; None if none does."""
    return {AppealOutcome.UPHELD: decided, AppealOutcome.CHANGED: changed, AppealOutcome.REVOKED: None}[outcome]


def require_not_subject(person_id: UUID, staff_id: UUID | None) -> None:
    """Refuse that who is held to account takes part.

    Raises:
        SubjectTakesNoPart: it is them.
    """
    if person_id == staff_id:
        raise SubjectTakesNoPart("Who is held to account takes no part but the appeal.")


def require_another(
    person_id: UUID,
    unit_id: UUID | None,
    *,
    involved: Collection[UUID | None],
    departments: Collection[UUID | None],
    pointer: str | None = None,
) -> None:
    """Refuse that the same person, or the same department, decides (四眼原则、部门分离).

    Args:
        person_id: Who decides.
        unit_id: Their department; None while client-profile has not told of one.
        involved: Who took a step before.
        departments: The departments that may not decide.
        pointer: The field that names the person; None where the caller is the one.

    Raises:
        SecondPersonNeeded: the person took a step before.
        AnotherDepartmentDecides: the department may not decide, or is not known.
    """
    if person_id in involved:
        raise SecondPersonNeeded("Somebody decides who took no step before.", pointer=pointer)
    if unit_id is None or unit_id in departments:
        raise AnotherDepartmentDecides("Another department decides.", pointer=pointer)


def require_subject(person_id: UUID, subject_id: UUID | None) -> None:
    """Refuse an appeal by anybody else.

    Raises:
        NotTheSubject: somebody else.
    """
    if person_id != subject_id:
        raise NotTheSubject("Only who is held to account appeals.")


def appeal_until(decided_on: date, days: int) -> date:
    """Return the last day of an appeal: `days` calendar days after the decision; its own day does not count."""
    return decided_on + timedelta(days=days)


def require_in_time(until: date, today: date) -> None:
    """Refuse an appeal after the last day.

    Raises:
        AppealTooLate: says which day that was.
    """
    if today > until:
        raise AppealTooLate(f"The decision could be appealed against until {until}.", last_on=until.isoformat())
