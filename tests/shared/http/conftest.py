"""A service of one table, to test what every service inherits."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import FastAPI, Response
from joserfc.jwk import ECKey
from pydantic import Field as BodyField
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.database import Aggregate, fen, sqlalchemy_url
from shared.errors import NotFound
from shared.http import pages
from shared.http.app import create_api
from shared.http.bodies import Body, Read, ShortText
from shared.http.pages import Page, PageDep
from shared.http.permissions import ALL, OWN, TEAM, Permissions, channel
from shared.http.preconditions import IfMatchDep, require_version, set_etag
from shared.http.routing import ActorDep, SessionDep, router
from shared.ids import new_id
from shared.money import Money, PositiveMoney
from shared.schema import SHARED
from shared.serve import service_worker
from shared.settings import ServiceSettings
from shared.testing.postgres import TestPostgres, clone, template_database
from shared.testing.service import ServiceKit


class Table(SQLModel, registry=registry()):
    """Tables with metadata of their own, as those of a service."""


class Note(Aggregate, Table, table=True):
    __tablename__ = "note"

    title: str
    amount_fen: int = fen()
    place: int = Field(default=0)
    owner_id: UUID


class NoteCreate(Body):
    title: ShortText
    amount: PositiveMoney
    place: int = BodyField(default=0, ge=0, le=1000)


class NoteRead(Read):
    id: UUID
    version: int
    title: str
    amount: Money


routes = router("Notes")


def _read(note: Note) -> NoteRead:
    return NoteRead(id=note.id, version=note.version, title=note.title, amount=Money.from_fen(note.amount_fen))


@routes.post("/notes", status_code=201)
async def create_note(wanted: NoteCreate, session: SessionDep, actor: ActorDep, response: Response) -> NoteRead:
    """Create a note."""
    note_id = new_id()
    note = Note(
        id=note_id,
        event_key=note_id,
        version=1,
        title=wanted.title,
        amount_fen=wanted.amount.fen,
        place=wanted.place,
        owner_id=actor.id,
    )
    session.add(note)
    await session.flush()
    set_etag(response, note.version)
    return _read(note)


@routes.post("/notes/doomed", status_code=201)
async def create_doomed_note(session: SessionDep) -> dict[str, str]:
    """Write a row whose constraint is checked only at COMMIT."""
    await session.execute(text("INSERT INTO doomed (note_id) VALUES (gen_random_uuid())"))
    return {"status": "created"}


@routes.get("/notes")
async def list_notes(session: SessionDep, page: PageDep, actor: ActorDep, newest: bool = False) -> Page[NoteRead]:
    """List notes by place."""
    statement = select(Note).where(actor.within(owner=Note.owner_id, channel=Note.owner_id))
    notes, cursor = await pages.fetch(session, statement, page, by=(Note.place, Note.id), descending=newest)
    return Page(items=[_read(note) for note in notes], next_cursor=cursor)


@routes.patch("/notes/{note_id}")
async def change_note(note_id: UUID, title: ShortText, session: SessionDep, expected: IfMatchDep) -> NoteRead:
    """Change a title."""
    note = await session.get(Note, note_id, with_for_update=True)
    if note is None:
        raise NotFound("No note has this id.")
    require_version(expected, note.version)
    note.title, note.version = title, note.version + 1
    return _read(note)


PERMISSIONS: Permissions = {
    "POST /v1/notes": {"admin": ALL, "relationship_manager": OWN, channel("note.write"): OWN},
    "POST /v1/notes/doomed": {"admin": ALL},
    "GET /v1/notes": {"admin": ALL, "relationship_manager": OWN, "team_lead": TEAM, channel("note.write"): OWN},
    "PATCH /v1/notes/{note_id}": {"admin": ALL},
}


def _migrate(url: str) -> None:
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(SHARED)
        Table.metadata.create_all(connection)
        connection.exec_driver_sql(
            "CREATE TABLE doomed (note_id uuid REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED)"
        )
    engine.dispose()


@pytest.fixture(scope="session")
def note_settings(
    postgres_server: TestPostgres, tmp_path_factory: pytest.TempPathFactory
) -> tuple[ServiceSettings, ECKey]:
    key = ECKey.generate_key("P-256", auto_kid=True)
    keys_file: Path = tmp_path_factory.mktemp("keys") / "keys.json"
    keys_file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    settings = ServiceSettings(
        environment="dev",
        database_url=clone(postgres_server, template_database(postgres_server, "notes", _migrate)),
        kafka_bootstrap_servers="127.0.0.1:1",
        internal_keys_file=keys_file,
    )
    return settings, key


@pytest.fixture(scope="session")
def create_notes(note_settings: tuple[ServiceSettings, ECKey]) -> Callable[[Permissions], FastAPI]:
    return lambda permissions: create_api(
        "notes",
        note_settings[0],
        routers=[routes],
        permissions=permissions,
        create_worker=lambda settings, database: service_worker(settings, database, handlers={}),
    )


@pytest_asyncio.fixture(scope="session")
async def notes_service(
    note_settings: tuple[ServiceSettings, ECKey], create_notes: Callable[[Permissions], FastAPI]
) -> AsyncIterator[ServiceKit]:
    app = create_notes(PERMISSIONS)
    kit = ServiceKit("notes", app, app.state.database, note_settings[1], ())
    yield kit
    await kit.database.close()


@pytest_asyncio.fixture
async def kit(notes_service: ServiceKit) -> ServiceKit:
    await notes_service.reset()
    return notes_service
