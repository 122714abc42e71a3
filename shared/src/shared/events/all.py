"""Imports every event module, so that the catalogue is complete."""

from shared.events import (
    channel_commission,
    channels,
    client_profile,
    complaints,
    erasure,
    guarantees,
    improvement,
    interaction_log,
    lineage,
    products,
    risk,
)

__all__ = [
    "channel_commission",
    "channels",
    "client_profile",
    "complaints",
    "erasure",
    "guarantees",
    "improvement",
    "interaction_log",
    "lineage",
    "products",
    "risk",
]
