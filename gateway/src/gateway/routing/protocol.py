"""uvicorn's HTTP/1.1 with a bound on what it keeps of a head that does not end."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Far more than `guard` lets pass with a friendly answer; a connection is read in pieces of up to 256 KiB.
MAX_KEPT_BYTES = 1024 * 1024


class BoundedProtocol(HttpToolsProtocol):
    """Cuts off a connection whose head has not ended after `MAX_KEPT_BYTES`; uvicorn itself would collect it all."""

    _is_in_head = False
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._is_in_head else 0
        if self._head_bytes > MAX_KEPT_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin with a head."""
        self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin with the body."""
        self._is_in_head = False
        super().on_headers_complete()
