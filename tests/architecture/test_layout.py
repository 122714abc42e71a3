"""The shape of the house: whoever knows one service finds their way in every other."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path for path in (ROOT / "services").iterdir() if path.is_dir())
FEATURE_FILES = {
    "__init__.py",
    "routes.py",
    "handlers.py",
    "service.py",
    "queries.py",
    "schemas.py",
    "tables.py",
    "rules.py",
}
SERVICE_FILES = {"__init__.py", "py.typed", "main.py", "worker.py", "settings.py", "permissions.py", "table_base.py"}
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "managers", "core", "misc", "base"}
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
#: A test tells one story from beginning to end.
MAX_TEST_LINES = 60

#: All Python files that git knows or would know, without migrations (written once, never read again).
PYTHON_FILES = sorted(
    file
    for top in ("shared", "gateway", "services", "deploy", "tests")
    for file in (ROOT / top).rglob("*.py")
    if not {".venv", "migrations", "build", "node_modules"} & set(file.parts)
)


def _package(service: Path) -> Path:
    return service / "src" / service.name.replace("-", "_")


def _features(service: Path) -> list[Path]:
    return sorted(
        path
        for path in _package(service).iterdir()
        if path.is_dir() and path.name not in ("migrations", "__pycache__", "static")
    )


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_service_has_the_same_files_as_every_other(service: Path) -> None:
    package = _package(service)
    files = {file.name for file in package.iterdir() if file.is_file()}

    assert files == SERVICE_FILES
    for name in ("pyproject.toml", "README.md", "openapi.json", "requirements.txt"):
        assert (service / name).is_file(), f"{service.name} has no {name}"


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_pages_and_templates_come_into_the_image(service: Path) -> None:
    """An image installs the package; what its `package-data` leaves out is missing there and nowhere else."""
    if (_package(service) / "static").is_dir():
        told = tomllib.loads((service / "pyproject.toml").read_text())
        assert "static/*" in told["tool"]["setuptools"]["package-data"]["*"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_feature_has_only_the_seven_files(service: Path) -> None:
    assert _features(service)
    for feature in _features(service):
        assert feature.name not in FORBIDDEN_NAMES, f"{feature.name} says nothing about the business"
        files = {file.name for file in feature.iterdir() if file.name != "__pycache__"}
        assert files <= FEATURE_FILES, f"{feature.name}: {sorted(files - FEATURE_FILES)}"
        assert (feature / "__init__.py").read_text() == "", f"{feature.name}/__init__.py is not empty"


def test_no_file_is_too_long() -> None:
    long = {
        str(file.relative_to(ROOT)): count
        for file in PYTHON_FILES
        if (count := len(file.read_text().splitlines())) > MAX_FILE_LINES
    }
    assert not long, "probably two features, or a feature and its data"


def test_no_function_is_too_long() -> None:
    long = [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name} ({lines} lines)"
        for file in PYTHON_FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := _body_lines(node))
        > (MAX_TEST_LINES if file.is_relative_to(ROOT / "tests") else MAX_FUNCTION_LINES)
    ]
    assert not long


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body, without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_nobody_reads_the_clock_or_the_environment_in_a_feature() -> None:
    """`now` is an argument and settings are passed on, so that tests move time and nothing hides."""
    found = [
        f"{file.relative_to(ROOT)}: {name}"
        for service in SERVICES
        for feature in _features(service)
        for file in feature.glob("*.py")
        for name in ("datetime.now(", "date.today(", "utcnow(", "time.time(", "os.environ", "os.getenv")
        if name in file.read_text()
    ]
    assert not found


def test_no_feature_commits() -> None:
    """One request or one batch is one transaction; only the edge ends it."""
    found = [
        f"{file.relative_to(ROOT)}"
        for service in SERVICES
        for feature in _features(service)
        for file in feature.glob("*.py")
        if ".commit()" in file.read_text() or ".rollback()" in file.read_text()
    ]
    assert not found
