from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.balances.rules import Trailing
from channel_commission.channels import service as channels
from channel_commission.channels.rules import ChannelKind, ChannelUnknown
from channel_commission.clawbacks import rules as clawbacks
from channel_commission.clawbacks.rules import Clawback, ClawbackForm, Step
from channel_commission.products import service as products
from channel_commission.rates import queries, rules, schemas
from channel_commission.rates.rules import Found, Payee, RateKind, RuleInForce, Sale, Scope
from channel_commission.rates.schemas import RuleBody
from channel_commission.rates.tables import RateRule
from channel_commission.tariffs import rules as tariffs
from channel_commission.tariffs.rules import Tariff, Tier
from shared.money import Money


async def draft(session: AsyncSession, seller: UUID, wanted: Sequence[RuleBody], **of_card: Any) -> list[RateRule]:
    """Return the rules of a draft as rows, not added yet.

    Args:
        session: The request's session.
        seller: The channel of the agreement.
        wanted: The rules as sent.
        of_card: `card_id`, `cycle`, `valid_from` and `valid_to` of all.

    Raises:
        Invalid: a rule is malformed: a field, tiers, steps, bounds, shares or scopes do not fit; names its place.
        ProductNotYetKnown: a rule names a product not heard of yet.
        ChannelUnknown: a split names no channel, or a partner without a financial license.
    """
    rules.require_each_scope_once([_scope(rule) for rule in wanted])
    named = {f"/rules/{place}/product_id": rule.product_id for place, rule in enumerate(wanted) if rule.product_id}
    await products.require_known(session, named)
    await _require_payees(session, seller, wanted)
    return [
        RateRule(channel_id=seller, **_columns(rule, pointer=f"/rules/{place}"), **of_card)
        for place, rule in enumerate(wanted)
    ]


async def in_force(
    session: AsyncSession, wanted: Collection[Sale], *, card_id: UUID | None = None
) -> dict[Sale, Found]:
    """Return for each sale the upfront and the trailing rate that hold, where there are some.

    With `card_id` those of one version of a rate card, as if it held on every day, approved or not.
    """
    return await queries.in_force(session, wanted, card_id)


async def sharing_with(session: AsyncSession, channel_id: UUID) -> list[UUID]:
    """Return the channels whose rates, those of past days included, give a channel a share."""
    return await queries.sharing_with(session, channel_id)


async def channels_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return by rate the channel of its agreement."""
    return await queries.channels_of(session, ids)


async def by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, RuleInForce]:
    """Return rates by their ids, those no longer in force included."""
    return await queries.by_id(session, ids)


async def _require_payees(session: AsyncSession, seller: UUID, wanted: Sequence[RuleBody]) -> None:
    """Refuse shares for unknown channels and for partners without a financial license, who may earn nothing."""
    named = {split.channel_id for rule in wanted for split in rule.splits or ()}
    kinds = await channels.kinds(session, named) if named else {}
    for place, rule in enumerate(wanted):
        pointer = f"/rules/{place}/splits"
        rules.require_payees(_payees(rule), seller, pointer=pointer)
        for n, split in enumerate(rule.splits or ()):
            if kinds.get(split.channel_id, ChannelKind.UNLICENSED) is ChannelKind.UNLICENSED:
                raise ChannelUnknown("No licensed channel has this id.", pointer=f"{pointer}/{n}/channel_id")


def _scope(rule: RuleBody) -> Scope:
    component = rules.component_of(rule.kind)
    return Scope(component, rule.product_id, rule.product_kind, rule.share_class, rule.investor_kind)


def _payees(rule: RuleBody) -> list[Payee]:
    return [Payee(split.channel_id, Decimal(split.share)) for split in rule.splits or ()]


def _columns(rule: RuleBody, *, pointer: str) -> Mapping[str, Any]:
    given = rule.model_fields_set - {"product_id", "product_kind", "share_class", "investor_kind", "kind"}
    given = {name for name in given if getattr(rule, name) is not None}
    measure = rules.measure_of(rule.kind, rule.measure)
    rules.require_fields(rule.kind, measure, given, pointer=pointer)
    if rule.period_floor is not None and rule.product_id is None:
        raise rules.FieldNotOfKind("A guarantee is for one product.", pointer=f"{pointer}/product_id")
    if rule.kind is RateKind.OVERRIDE and rule.investor_kind is not None:
        raise rules.FieldNotOfKind("An override asks for no investor.", pointer=f"{pointer}/investor_kind")
    tariff = _tariff(rule, pointer=pointer)
    clawback = _clawback(rule.clawback, pointer=f"{pointer}/clawback")
    trailing = _trailing(rule)
    return {
        **rule.model_dump(include={"product_id", "product_kind", "share_class", "investor_kind", "kind"}),
        "component": rules.component_of(rule.kind),
        "measure": measure,
        "tiers": tariff.as_json() if tariff else [],
        "flat_fen": _fen(rule.amount),
        "floor_fen": _fen(rule.floor),
        "cap_fen": _fen(rule.cap),
        "window_cap_fen": rule.period_cap.amount.fen if rule.period_cap else None,
        "cap_window": rule.period_cap.per if rule.period_cap else None,
        "window_floor_fen": rule.period_floor.amount.fen if rule.period_floor else None,
        "floor_window": rule.period_floor.per if rule.period_floor else None,
        "floor_is_taken_back": rule.period_floor is None or rule.period_floor.taken_back_by_later_fees,
        "clawback_form": clawback.form if clawback else None,
        "clawback_months": clawback.term if clawback and clawback.form is not ClawbackForm.LINEAR_DAYS else None,
        "clawback_days": clawback.term if clawback and clawback.form is ClawbackForm.LINEAR_DAYS else None,
        "clawback_steps": clawback.as_json().get("steps") if clawback else None,
        "trailing_terms": trailing.as_json() if trailing else None,
        "payees": rules.payees_json(_payees(rule)),
    }


def _tariff(rule: RuleBody, *, pointer: str) -> Tariff | None:
    if rule.kind is RateKind.TRAILING:
        return None
    if rule.kind is RateKind.FLAT and rule.amount:
        return tariffs.flat(rule.amount.fen)
    if rule.kind in (RateKind.PERCENT, RateKind.OVERRIDE):
        made = tariffs.percent(Decimal(rule.rate or 0))
    else:
        tiers = [Tier(_fen(tier.up_to), Decimal(tier.rate)) for tier in rule.tiers or ()]
        build = tariffs.whole if rule.kind is RateKind.WHOLE else tariffs.marginal
        made = build(tiers, pointer=f"{pointer}/tiers")
    return tariffs.bounded(made, floor_fen=_fen(rule.floor), cap_fen=_fen(rule.cap), pointer=pointer)


def _trailing(rule: RuleBody) -> Trailing | None:
    if rule.trailing is None:
        return None
    fee = rule.trailing.management_fee
    return Trailing(
        rate=Decimal(rule.rate or 0),
        basis=rule.trailing.basis,
        day_count=rule.trailing.day_count,
        management_rate=Decimal(fee.rate) if fee else None,
        management_share=Decimal(fee.share) if fee else None,
        goes_on=rule.trailing.goes_on_when_suspended,
    )


def _clawback(wanted: schemas.Clawback | None, *, pointer: str) -> Clawback | None:
    if wanted is None:
        return None
    needed = {"linear_days": "days", "steps": "steps"}.get(wanted.form.value, "months")
    for name in ("months", "days", "steps"):
        if (getattr(wanted, name) is not None) != (name == needed):
            raise clawbacks.ClawbackIncomplete(f"{wanted.form} has {needed} alone.", pointer=f"{pointer}/{name}")
    if wanted.steps is not None:
        steps = [Step(step.below_months, Decimal(step.share)) for step in wanted.steps]
        return clawbacks.by_steps(steps, pointer=f"{pointer}/steps")
    return Clawback(wanted.form, wanted.months or wanted.days or 0)


def _fen(amount: Money | None) -> int | None:
    return None if amount is None else amount.fen
