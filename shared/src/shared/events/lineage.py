"""Mergers of clients, and their undoing: which client stands for which."""

from uuid import UUID

from shared.events.base import Event


class _Lineage(Event):
    """Told twice: under the key of the client that was merged, and under that of the surviving one.

    Attributes:
        client_id: The client whose record this is: one of the other two, and the key of the event.
        merged_client_id: The client that was merged, i.e. is no more by itself.
        surviving_client_id: The client that stands for it.
        step: Counts the mergers and their undoing of the merged client from 1; the highest one heard of holds.
    """

    client_id: UUID
    merged_client_id: UUID
    surviving_client_id: UUID
    step: int


class ClientMerged(_Lineage):
    """A client turned out to be another one that is known already (客户合并); whatever names it means the other."""

    type = "client-profile.client.merged.v1"
    consumers = ("interaction_log", "complaints", "channel_commission")


class ClientUnmerged(_Lineage):
    """A merger was wrong and is undone (撤销合并); both clients stand by themselves again."""

    type = "client-profile.client.unmerged.v1"
    consumers = ("interaction_log", "complaints", "channel_commission")
