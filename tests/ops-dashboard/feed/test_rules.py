import pytest

from ops_dashboard.feed.rules import frame, starts_at, title_of


@pytest.mark.parametrize(
    ("last_seen", "oldest", "newest", "after"),
    [
        (None, 1, 0, 0),
        (None, 1, 7, 7),
        (3, 1, 7, 3),
        (7, 1, 7, 7),
        (0, 1, 7, 0),
        (4, 5, 7, 4),
        (3, 5, 7, None),
        (8, 1, 7, None),
    ],
)
def test_a_stream_resumes_where_the_browser_was_or_tells_it_to_reload(
    last_seen: int | None, oldest: int, newest: int, after: int | None
) -> None:
    assert starts_at(last_seen, oldest, newest) == after


def test_an_entry_is_one_frame() -> None:
    assert frame(7, "{}") == "id: 7\nevent: entry\ndata: {}\n\n"


def test_an_entry_is_titled_in_chinese() -> None:
    assert title_of("complaints.risk.client_flagged.v1") == "流失预警触发"


def test_a_type_of_tomorrow_goes_by_its_own_name() -> None:
    assert title_of("complaints.complaint.mediated.v1") == "complaints.complaint.mediated.v1"
