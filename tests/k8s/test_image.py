"""The one Dockerfile, as far as it can be checked without a container engine: what it copies for a part is there."""

import fnmatch
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("services/*/pyproject.toml"))
FOLDERS += ["gateway"]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
INSTRUCTIONS = [line.split(maxsplit=1) for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
KNOWN = {"ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "RUN", "USER", "WORKDIR"}


def test_every_line_is_an_instruction_and_arguments_are_declared_in_the_stage_that_uses_them() -> None:
    declared: set[str] = set()
    outside: set[str] = set()
    is_in_stage = False
    for name, rest in INSTRUCTIONS:
        assert name in KNOWN
        used = set(re.findall(r"\$\{(\w+)\}", rest))
        if name == "FROM":
            assert used <= outside
            is_in_stage, declared = True, set()
        elif name == "ARG":
            (declared if is_in_stage else outside).add(rest.partition("=")[0])
        else:
            assert used <= declared, rest


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_copied_for_a_part_is_there_and_not_ignored(folder: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = [rest.split()[0].replace("${FOLDER}", folder) for name, rest in INSTRUCTIONS if name == "COPY"]

    sources = [source for source in copied if not source.startswith("--from")]

    assert sources == [f"{folder}/requirements.txt", "shared", folder]
    for source in sources:
        assert (ROOT / source).exists()
        assert not any(fnmatch.fnmatch(source, pattern) for pattern in ignored), source


@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_that_is_downloaded_is_pinned_by_hash_and_enough_to_build_the_part(folder: str) -> None:
    requirements = (ROOT / folder / "requirements.txt").read_text().replace("\\\n", " ")
    entries = [line for line in requirements.splitlines() if line and not line.startswith("#")]
    pinned = {re.split(r"[=\[ ]", entry)[0] for entry in entries}

    assert all(re.match(r"[\w.\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "setuptools" in pinned, "the parts are built without isolation"
    for project in (ROOT / folder, ROOT / "shared"):
        wanted = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
        named = {re.split(r"[^\w.-]", dependency)[0] for dependency in wanted}
        assert named - {"trust-crm-shared"} <= pinned


def test_the_overlay_names_an_image_for_every_part() -> None:
    overlay = yaml.safe_load((ROOT / "deploy/k8s/overlays/production/kustomization.yaml").read_text())

    assert {image["name"] for image in overlay["images"]} == {f"trust-crm/{Path(folder).name}" for folder in FOLDERS}
