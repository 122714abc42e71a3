"""The cluster manifests: valid for Kubernetes 1.37, and by our own rules."""

import importlib.util
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BASE = ROOT / "deploy" / "k8s" / "base"
PARTS = [path.name for path in sorted((ROOT / "services").iterdir()) if path.is_dir()] + ["gateway"]

Manifest = dict[str, Any]


def _load(file: Path) -> list[Manifest]:
    return [document for document in yaml.safe_load_all(file.read_text()) if document]


FILES = sorted(file for file in BASE.glob("*.yaml") if file.name != "kustomization.yaml")
MANIFESTS = [manifest for file in FILES for manifest in _load(file)]
KUSTOMIZATION = _load(BASE / "kustomization.yaml")[0]


def _of_kind(*kinds: str) -> list[Manifest]:
    return [manifest for manifest in MANIFESTS if manifest["kind"] in kinds]


def _name(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def _pods() -> list[tuple[str, Manifest]]:
    return [(_name(one), one["spec"]["template"]["spec"]) for one in _of_kind("Deployment", "Job")]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=_name)
def test_every_object_is_valid_kubernetes(manifest: Manifest) -> None:
    kubernetes_validate.validate(manifest, "1.37", strict=True)


def test_a_broken_object_would_be_noticed() -> None:
    broken = {**_of_kind("Deployment")[0], "spec": {"replicas": "two"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, "1.37", strict=True)


def test_every_file_is_part_of_the_base() -> None:
    assert sorted(KUSTOMIZATION["resources"]) == [file.name for file in FILES]


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_deployed_with_all_it_needs(part: str) -> None:
    kinds = {manifest["kind"] for manifest in _load(BASE / f"{part}.yaml")}
    wanted = {
        "Deployment",
        "Service",
        "ServiceAccount",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
        "Job",
    }

    assert wanted <= kinds
    settings = {generated["name"] for generated in KUSTOMIZATION["configMapGenerator"]}
    assert f"trust-crm-settings-{part}" in settings


@pytest.mark.parametrize(("name", "pod"), _pods(), ids=[name for name, _ in _pods()])
def test_no_pod_has_more_rights_or_room_than_it_needs(name: str, pod: Manifest) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    for container in pod["containers"]:
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"]["drop"] == ["ALL"]
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
        assert ":" not in container["image"], "tags are set by the overlay"


@pytest.mark.parametrize("manifest", _of_kind("Deployment"), ids=_name)
def test_every_deployment_can_be_rolled_without_a_lost_request(manifest: Manifest) -> None:
    spec, pod = manifest["spec"], manifest["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > pause + 20


def test_every_deployment_has_a_disruption_budget() -> None:
    budgets = [one["spec"]["selector"]["matchLabels"] for one in _of_kind("PodDisruptionBudget")]
    for deployment in _of_kind("Deployment"):
        assert deployment["spec"]["selector"]["matchLabels"] in budgets, _name(deployment)


def test_every_part_may_look_up_names() -> None:
    for policy in _of_kind("NetworkPolicy"):
        if policy["spec"].get("egress"):
            ports = [port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]]
            assert 53 in ports, _name(policy)


def test_the_modules_that_are_started_exist() -> None:
    for name, pod in _pods():
        _python, _m, module, *_ = pod["containers"][0]["command"]
        assert importlib.util.find_spec(module), f"{name} starts {module}"


def test_nothing_secret_stands_in_the_manifests() -> None:
    assert not _of_kind("Secret")
