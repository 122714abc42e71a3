"""The sale gate."""

from uuid import UUID

from client_profile.identity.service import KeysDep
from client_profile.products.rules import ProductUnknown
from client_profile.sales import rules, service
from client_profile.sales.schemas import SaleCheckRead, SaleCheckWhy, SaleQuestion
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Sale gate")


@routes.post(
    "/sale-checks",
    status_code=201,
    responses=problems.docs(rules.ClientUnknown, ProductUnknown, rules.OtherChannel, rules.ChannelNotYetKnown),
)
async def check_sale(
    wanted: SaleQuestion, session: SessionDep, actor: ActorDep, keys: KeysDep, now: NowDep
) -> SaleCheckRead:
    """Ask whether a sale may be made (销售准入检查), and keep the answer.

    A refused sale names every reason with its rule. A subscription passes the same gate when it is signed, so this
    call is for asking before.
    """
    return service.read(await service.check(session, wanted, actor=actor, keys=keys, now=now))


@routes.get("/sale-checks/{sale_check_id}", responses=problems.docs(NotFound))
async def read_sale_check(sale_check_id: UUID, session: SessionDep, actor: ActorDep) -> SaleCheckWhy:
    """Read a kept check and why it was answered so: the facts, the rules of that day, the gate passed again."""
    return await service.why(session, await service.get(session, sale_check_id, actor=actor))
