from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.admission import service as admission
from channel_commission.channels import service as channels
from channel_commission.channels.rules import ChannelStatus
from channel_commission.exits import queries, rules
from channel_commission.exits.rules import ExitReason, ExitStatus
from channel_commission.exits.schemas import ExitDecision
from channel_commission.exits.tables import ExitProposal
from shared.audit import trail
from shared.http.callers import Actor

_GONE = (ChannelStatus.TERMINATED, ChannelStatus.BLACKLISTED)


async def propose(session: AsyncSession, channel_id: UUID, note: str, *, actor: Actor, now: datetime) -> ExitProposal:
    """Propose that a channel leaves.

    Raises:
        NotFound: no channel has this id.
        ChannelIsGone: it has ended already.
        ExitIsProposed: there is a proposal to decide on.
    """
    channel = await channels.get(session, channel_id, lock=True)
    if channel.status in _GONE:
        raise rules.ChannelIsGone(f"The channel is {channel.status}.", state=channel.status.value)
    if await queries.is_proposed(session, channel_id):
        raise rules.ExitIsProposed("There is a proposal to decide on already.")
    proposal = ExitProposal(
        channel_id=channel_id, reason=ExitReason.PROPOSED, note=note, proposed_by=actor.id, proposed_at=now
    )
    return await _keep(session, proposal)


async def propose_by_rule(
    session: AsyncSession, channel_id: UUID, reason: str, *, evaluation_id: UUID, now: datetime
) -> None:
    """Propose what a rule asks for, on a locked channel; nothing if that is to be decided already or has ended."""
    channel = await channels.get(session, channel_id)
    if channel.status in _GONE or await queries.is_proposed(session, channel_id):
        return
    proposal = ExitProposal(
        channel_id=channel_id, reason=ExitReason(reason), evaluation_id=evaluation_id, proposed_at=now
    )
    await _keep(session, proposal)


async def decide(
    session: AsyncSession, proposal_id: UUID, wanted: ExitDecision, *, actor: Actor, now: datetime
) -> ExitProposal:
    """Decide on a proposal; an accepted one ends the cooperation.

    Raises:
        NotFound: no proposal has this id.
        ExitDecided: it is decided.
        SecondPersonNeeded: the caller proposed it.
    """
    channel_id = (await queries.get_proposal(session, proposal_id)).channel_id
    channel = await channels.get(session, channel_id, lock=True)
    proposal = await queries.get_proposal(session, proposal_id, for_update=True)
    rules.require_may_decide(proposal.status, proposal.proposed_by, actor.id)
    proposal.status = ExitStatus.ACCEPTED if wanted.is_accepted else ExitStatus.REJECTED
    proposal.decision_note, proposal.decided_by, proposal.decided_at = wanted.note, actor.id, now
    facts = {"proposal_id": proposal.id, "status": proposal.status.value}
    await trail.record(session, "exit.decided", kind="channel", id=channel_id, reason=wanted.note, facts=facts)
    if wanted.is_accepted and channel.status not in _GONE:
        await admission.terminate(session, channel_id, wanted.note, now=now)
    return proposal


async def _keep(session: AsyncSession, proposal: ExitProposal) -> ExitProposal:
    session.add(proposal)
    await session.flush()
    facts = {"proposal_id": proposal.id, "reason": proposal.reason.value}
    await trail.record(
        session, "exit.proposed", kind="channel", id=proposal.channel_id, reason=proposal.note, facts=facts
    )
    return proposal
