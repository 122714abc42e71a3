"""Payee accounts: proposed by one person, called back for and confirmed by another, paid to after a waiting time."""

from uuid import UUID

from fastapi import Response

from channel_commission.channels import service as channels
from channel_commission.payee_accounts import queries, rules, service
from channel_commission.payee_accounts.schemas import (
    CallBack,
    Ending,
    PayeeAccountCreate,
    PayeeAccountInClear,
    PayeeAccountRead,
    Reveal,
)
from channel_commission.payee_accounts.tables import PayeeAccount
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Payee accounts")


@routes.post(
    "/channels/{channel_id}/payee-accounts",
    status_code=201,
    responses=problems.docs(NotFound, rules.HolderIsAnother, rules.AnotherIsPending),
)
async def propose_payee_account(
    channel_id: UUID,
    wanted: PayeeAccountCreate,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    data_key: DataKeyDep,
) -> PayeeAccountRead:
    """Propose the account a channel's fees shall be paid to (收款账户变更申请). One at a time is pending."""
    account = await service.propose(session, channel_id, wanted, actor=actor, now=now, data_key=data_key)
    return service.read(account, now=now)


@routes.get("/channels/{channel_id}/payee-accounts", responses=problems.docs(NotFound))
async def list_payee_accounts(
    channel_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, page: PageDep
) -> Page[PayeeAccountRead]:
    """List a channel's accounts, ended ones too, numbers masked; a channel sees its own."""
    await channels.get(session, channel_id, actor=actor)
    statement = queries.select_accounts(channel_id, actor)
    found, cursor = await pages.fetch(session, statement, page, by=(PayeeAccount.id,))
    return Page(items=[service.read(one, now=now) for one in found], next_cursor=cursor)


@routes.post(
    "/payee-accounts/{account_id}/record-call-back",
    responses=problems.docs(NotFound, rules.AccountStatusForbids, SecondPersonNeeded),
)
async def record_call_back(
    account_id: UUID, wanted: CallBack, session: SessionDep, actor: ActorDep, now: NowDep
) -> PayeeAccountRead:
    """Record the call back (回拨核实) to a number known before; if the partner does not own up, it is refused."""
    return service.read(await service.record_call_back(session, account_id, wanted, actor=actor, now=now), now=now)


@routes.post(
    "/payee-accounts/{account_id}/confirm",
    responses=problems.docs(NotFound, rules.AccountStatusForbids, SecondPersonNeeded),
)
async def confirm_payee_account(
    account_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep
) -> PayeeAccountRead:
    """Confirm an account (复核) as a second person. It is paid to once whole waiting days have passed.

    Until then the account before stays in force. Payments already released are not touched.
    """
    return service.read(await service.confirm(session, account_id, actor=actor, now=now), now=now)


@routes.post("/payee-accounts/{account_id}/refuse", responses=problems.docs(NotFound, rules.AccountStatusForbids))
async def refuse_payee_account(
    account_id: UUID, wanted: Ending, session: SessionDep, actor: ActorDep, now: NowDep
) -> PayeeAccountRead:
    """Turn down an account that is not confirmed."""
    return service.read(await service.refuse(session, account_id, wanted.reason, actor=actor, now=now), now=now)


@routes.post("/payee-accounts/{account_id}/stop", responses=problems.docs(NotFound, rules.AccountStatusForbids))
async def stop_payee_account(
    account_id: UUID, wanted: Ending, session: SessionDep, actor: ActorDep, now: NowDep
) -> PayeeAccountRead:
    """Stop that anything is paid to an account from today on (止付). One that still waits gives way to the one before.

    Then nothing can be paid until another account is confirmed.
    """
    return service.read(await service.stop(session, account_id, wanted.reason, actor=actor, now=now), now=now)


@routes.post("/payee-accounts/{account_id}/reveal", responses=problems.docs(NotFound))
async def reveal_payee_account(
    account_id: UUID, wanted: Reveal, session: SessionDep, data_key: DataKeyDep, response: Response
) -> PayeeAccountInClear:
    """Read an account with its number in clear. Who did so and why is audited."""
    response.headers["Cache-Control"] = "no-store"
    return await service.reveal(session, account_id, reason=wanted.reason, data_key=data_key)
