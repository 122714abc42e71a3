"""Files to be saved: named for everybody, of known length, read by nobody as something else, closed at the end."""

from shared.http import downloads


async def test_a_file_is_sent_whole_under_its_name_and_closed() -> None:
    with downloads.made() as file:
        file.write(b"0123456789" * 20_000)

    answer = downloads.answer(
        file,
        name="register.xlsx",
        title="投诉台账.xlsx",
        media_type="text/plain",
        headers={"Cache-Control": "no-store"},
    )
    sent = b"".join([bytes(piece) async for piece in answer.body_iterator])  # type: ignore[arg-type]  # bytes

    assert sent == b"0123456789" * 20_000
    assert file.closed
    assert answer.headers["content-length"] == "200000"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"register.xlsx\"; filename*=UTF-8''%E6%8A%95%E8%AF%89%E5%8F%B0%E8%B4%A6.xlsx"
    )
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")


def test_the_reference_says_that_a_file_is_answered() -> None:
    content = downloads.docs("text/csv; charset=utf-8", "application/pdf")[200]["content"]

    assert set(content) == {"text/csv", "application/pdf"}
