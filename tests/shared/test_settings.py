import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    model_config = SettingsConfigDict(env_prefix="SETTINGS_TEST_", extra="forbid", frozen=True)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTINGS_TEST_DATABASE_URL", "postgresql://user:secret@db/name")
    monkeypatch.setenv("SETTINGS_TEST_PORT", "8123")

    settings = Settings()

    assert settings.port == 8123
    assert "secret" not in repr(settings)


def test_a_misspelled_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTINGS_TEST_DATABASE_URL", "postgresql://user:secret@db/name")
    monkeypatch.setenv("SETTINGS_TEST_PROT", "8123")

    with pytest.raises(ValidationError, match="SETTINGS_TEST_PROT"):
        Settings()


def test_a_missing_secret_has_no_default() -> None:
    with pytest.raises(ValidationError, match="database_url"):
        Settings()
