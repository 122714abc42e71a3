"""Connections to Kafka that can never work are refused, not kept."""

import asyncio
import struct

import pytest
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaConnectionError

from shared.delivery import kafka

#: Error of an answer to the request for API versions: "the broker cannot say now".
_UNKNOWN_SERVER_ERROR = -1


async def test_a_broker_that_answers_before_it_is_ready_is_no_connection() -> None:
    assert AIOKafkaConnection._do_version_lookup is kafka._require_versions

    async def answer_unready(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size, _, _, number = struct.unpack(">ihhi", await reader.readexactly(12))
        await reader.readexactly(size - 8)
        writer.write(struct.pack(">iihi", 10, number, _UNKNOWN_SERVER_ERROR, 0))
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer_unready, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(KafkaConnectionError, match="not ready"):
            await create_conn("127.0.0.1", port)
