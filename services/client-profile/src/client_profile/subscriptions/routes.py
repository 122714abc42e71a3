"""Subscriptions: signed, paid, confirmed."""

from uuid import UUID

from fastapi import Response

from client_profile.dealings import rules as dealing_rules
from client_profile.dealings import service as dealings
from client_profile.dealings.schemas import DealingRead, Reason
from client_profile.identity.service import KeysDep
from client_profile.products.rules import DateInFuture, ProductUnknown, ShareClassUnknown
from client_profile.sales import rules as sale_rules
from client_profile.subscriptions import service
from client_profile.subscriptions.schemas import Confirmation, Payment, SubscriptionCreate
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Dealings")


@routes.post(
    "/dealings/subscriptions",
    status_code=201,
    response_model=DealingRead,
    responses=problems.docs(
        sale_rules.SaleRefused,
        sale_rules.ClientUnknown,
        sale_rules.ChannelNotYetKnown,
        sale_rules.OtherChannel,
        ProductUnknown,
        ShareClassUnknown,
    ),
)
async def sign_subscription(
    wanted: SubscriptionCreate, session: SessionDep, actor: ActorDep, keys: KeysDep, now: NowDep
) -> DealingRead | Response:
    """Sign a subscription (认购/申购), if the sale gate allows it.

    A refused sale answers 409 `sale_refused` with every reason and `sale_check_id`: read `GET /v1/sale-checks/{id}` for
    the facts and rules behind it. A channel reports its sales here with its evidence: its own grade of the product,
    where it keeps the signed papers, and the number of the recording.
    """
    check, dealing = await service.subscribe(session, wanted, actor=actor, keys=keys, now=now)
    if dealing is None:
        # Answered, not raised: the refused check is kept, so the transaction must commit.
        refused = sale_rules.SaleRefused(
            "The sale gate refuses this sale.", sale_check_id=str(check.id), reasons=check.reasons
        )
        return problems.from_domain(refused)
    return dealings.read(dealing)


@routes.post(
    "/dealings/{dealing_id}/pay",
    responses=problems.docs(
        NotFound,
        dealing_rules.DealingStateForbids,
        dealing_rules.NotTheClientsAccount,
        dealing_rules.DateOutOfOrder,
        DateInFuture,
    ),
)
async def pay_subscription(
    dealing_id: UUID, wanted: Payment, session: SessionDep, actor: ActorDep, now: NowDep
) -> DealingRead:
    """Record that the money arrived from the client's own account (缴款到账)."""
    return dealings.read(await service.pay(session, dealing_id, wanted, actor=actor, now=now))


@routes.post(
    "/dealings/{dealing_id}/confirm",
    responses=problems.docs(
        NotFound,
        dealing_rules.DealingStateForbids,
        dealing_rules.ConfirmedByEstablishment,
        dealing_rules.DateOutOfOrder,
        DateInFuture,
    ),
)
async def confirm_subscription(
    dealing_id: UUID, wanted: Confirmation, session: SessionDep, actor: ActorDep, now: NowDep
) -> DealingRead:
    """Confirm a paid subscription of an open-ended plan that runs (申购确认); others are confirmed by establishment."""
    return dealings.read(await service.confirm(session, dealing_id, wanted, actor=actor, now=now))


@routes.post("/dealings/{dealing_id}/cancel", responses=problems.docs(NotFound, dealing_rules.DealingStateForbids))
async def cancel_subscription(
    dealing_id: UUID, wanted: Reason, session: SessionDep, actor: ActorDep, now: NowDep
) -> DealingRead:
    """Cancel a subscription that is not confirmed yet (撤单), with the reason; money paid goes back."""
    return dealings.read(await service.cancel(session, dealing_id, reason=wanted.reason, actor=actor, now=now))
