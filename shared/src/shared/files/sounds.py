"""MP3 has no mark at its beginning: it is told by frames that follow each other at the distance each of them says."""

from typing import IO, Final

_KBIT_1: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBIT_2: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ_1: Final = (44100, 48000, 32000)
#: MPEG version as written in a frame → bit rates, divisor of the sampling rates, samples of a frame divided by eight.
_VERSIONS: Final = {3: (_KBIT_1, 1, 144), 2: (_KBIT_2, 2, 72), 0: (_KBIT_2, 4, 72)}
_LAYER_3: Final = 1
_TAG_BYTES: Final = 10
_HAS_FOOTER: Final = 0x10


def is_mp3(file: IO[bytes]) -> bool:
    """Return whether two frames of MPEG audio layer III follow each other, behind an ID3 tag if there is one."""
    file.seek(0)
    start = _tag_length(file.read(_TAG_BYTES))
    for _ in range(2):
        file.seek(start)
        length = _frame_length(file.read(4))
        if length is None:
            return False
        start += length
    return True


def _tag_length(head: bytes) -> int:
    if len(head) < _TAG_BYTES or not head.startswith(b"ID3"):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return size + _TAG_BYTES * (2 if head[5] & _HAS_FOOTER else 1)


def _frame_length(head: bytes) -> int | None:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, sampling, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version not in _VERSIONS or layer != _LAYER_3 or not 1 <= rate <= 14 or sampling == 3:
        return None
    kbits, divisor, eighths = _VERSIONS[version]
    return eighths * kbits[rate - 1] * 1000 // (_HERTZ_1[sampling] // divisor) + padding
