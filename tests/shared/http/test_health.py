import httpx

from shared.http.app import create_api
from shared.serve import service_worker
from shared.settings import ServiceSettings


async def test_a_service_is_live_without_its_database_and_not_ready(
    note_settings: tuple[ServiceSettings, object],
) -> None:
    settings = note_settings[0].model_copy(
        update={"database_url": type(note_settings[0].database_url)("postgresql://nobody@127.0.0.1:1/none")}
    )
    app = create_api(
        "client-profile",
        settings,
        routers=[],
        permissions={},
        create_worker=lambda settings, database: service_worker(settings, database, handlers={}),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service") as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")

    assert live.status_code == 200
    assert ready.status_code == 503
    assert "database" in ready.json()["problems"][0]
    await app.state.database.close()
