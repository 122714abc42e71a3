"""Kafka is told exactly what was done: `commit()` without offsets would tell it all that was fetched."""

import ast
from pathlib import Path

import shared

SOURCES = sorted(Path(shared.__path__[0]).rglob("*.py"))


def commits(source: str) -> list[ast.Call]:
    """Return the calls of a Kafka consumer's `commit`."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        and any(word in ast.unparse(node.func.value) for word in ("kafka", "consumer"))
    ]


def test_every_commit_to_kafka_names_its_offsets() -> None:
    found = [(path.name, call) for path in SOURCES for call in commits(path.read_text())]

    assert [name for name, _ in found] == ["consumer.py"]
    assert all(len(call.args) == 1 and isinstance(call.args[0], ast.Dict | ast.DictComp) for _, call in found)


def test_a_bare_commit_would_be_seen() -> None:
    (bare,) = commits("async def f(self): await self._kafka.commit()")

    assert bare.args == []


def test_every_consumer_of_a_group_commits_and_resets_nothing_by_itself() -> None:
    groups = [
        {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "AIOKafkaConsumer"
    ]

    members = [given for given in groups if "group_id" in given]
    assert [(given["enable_auto_commit"], given["auto_offset_reset"]) for given in members] == [("False", "'none'")]
