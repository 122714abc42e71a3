import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey

sys.path.insert(0, str(Path(__file__).parent))  # wrong bodies are plain Python beside the tests

SERVICES = ("client_profile", "interaction_log", "complaints", "channel_commission", "ops_dashboard")


@pytest.fixture(scope="session", params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    """The import name of each service in turn."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def gateway_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


@pytest.fixture(scope="session")
def app(service: str, gateway_key: ECKey, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The service's application, with a database that is never reached."""
    import json

    keys_file: Path = tmp_path_factory.mktemp("keys") / "keys.json"
    keys_file.write_text(json.dumps({"keys": [gateway_key.as_dict(private=False)]}))
    settings_class: Any = importlib.import_module(f"{service}.settings").Settings
    addresses = {"files_url": "file:///nowhere"}
    given: dict[str, Any] = {
        "environment": "dev",
        "database_url": "postgresql://nobody@127.0.0.1:1/none",
        "kafka_bootstrap_servers": "127.0.0.1:1",
        "internal_keys_file": keys_file,
    }
    required = [name for name, field in settings_class.model_fields.items() if field.is_required()]
    told = {name: addresses.get(name, "00" * 32) for name in required}
    return importlib.import_module(f"{service}.main").create_app(settings_class(**(told | given)))
