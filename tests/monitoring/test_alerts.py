"""The alerts: well-formed, about metrics that exist, told in two languages, with a page to turn to, and each proven."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import REGISTRY

sys.path.insert(0, str(Path(__file__).parent))  # the cases are plain Python beside the tests

from alerts import CASES, Case, Series

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "deploy" / "k8s" / "components" / "monitoring"
PAGE = (ROOT / "docs" / "metrics.md").read_text()
WITHOUT_PROMTOOL = (
    "promtool is missing, so nobody saw whether the alerts fire. It comes with Prometheus:"
    " apt-get install prometheus (Debian, Ubuntu), brew install prometheus (macOS)."
)
#: Set by the scrape: the PodMonitor, and Prometheus itself.
TARGET_LABELS = {"app", "process", "pod"}
MODULES = (
    "shared.delivery.metrics",
    "shared.http.middleware",
    "shared.http.health",
    "gateway.upstreams.upstream",
    "gateway.routing.entrance",
    "gateway.routing.access_log",
)

Rule = dict[str, Any]


def _load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((COMPONENT / name).read_text())
    return found


GROUPS = [group for name in ("events.yaml", "requests.yaml") for group in _load(name)["spec"]["groups"]]
RULES: list[Rule] = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"]: rule for rule in RULES if "record" in rule}


def _labels_of_metrics() -> dict[str, set[str]]:
    """Return the labels of every series that our processes show."""
    for module in MODULES:
        importlib.import_module(module)
    found: dict[str, set[str]] = {"up": set()}
    for metric, names in REGISTRY._collector_to_names.items():
        for name in names:
            own = set(getattr(metric, "_labelnames", ()))
            found[name] = own | ({"le"} if name.endswith("_bucket") else set())
    return found


METRICS = _labels_of_metrics()


def _selectors(node: Any) -> Iterator[Any]:
    """Return every selector of series in a parsed expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "vector_selector", "param"):
        inner = getattr(node, name, None)
        if inner is not None and not isinstance(inner, str):
            yield from _selectors(inner)
    for argument in getattr(node, "args", ()):
        yield from _selectors(argument)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_every_expression_is_promql_about_series_that_exist(rule: Rule) -> None:
    selectors = list(_selectors(promql_parser.parse(rule["expr"])))

    assert selectors
    for selector in selectors:
        assert selector.name in METRICS or selector.name in RECORDED, selector.name
        if selector.name in METRICS:
            known = METRICS[selector.name] | TARGET_LABELS
            assert {matcher.name for matcher in selector.matchers.matchers} <= known


def test_a_broken_expression_would_be_noticed() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        promql_parser.parse("max by (service (outbox_rows)")


@pytest.mark.parametrize("rule", list(ALERTS.values()), ids=list(ALERTS))
def test_every_alert_says_when_how_bad_what_and_what_to_do(rule: Rule) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"[1-9]\d*m", rule["for"])
    assert rule["labels"] in ({"severity": "critical"}, {"severity": "warning"})
    told = rule["annotations"]
    assert set(told) == {"summary", "summary_zh", "runbook_url"}
    assert re.search(r"[一-鿿]", told["summary_zh"])
    assert not re.search(r"[一-鿿]", told["summary"])
    filled_in = [sorted(re.findall(r"\{\{.*?\}\}", told[name])) for name in ("summary", "summary_zh")]
    assert filled_in[0] == filled_in[1]
    heading = told["runbook_url"].removeprefix("docs/metrics.md#")
    assert heading == rule["alert"].lower()
    assert f"\n### {rule['alert']}\n" in PAGE


def test_names_are_given_once() -> None:
    assert len(ALERTS) + len(RECORDED) == len(RULES)
    assert len({group["name"] for group in GROUPS}) == len(GROUPS)


@pytest.mark.parametrize("name", ["pods.yaml", "events.yaml", "requests.yaml"])
def test_every_object_is_one_of_the_operator_and_part_of_the_component(name: str) -> None:
    manifest = _load(name)

    assert manifest["apiVersion"] == "monitoring.coreos.com/v1"
    assert manifest["kind"] == ("PodMonitor" if name == "pods.yaml" else "PrometheusRule")
    assert name in _load("kustomization.yaml")["resources"]
    for group in manifest["spec"].get("groups", ()):
        assert set(group) <= {"name", "interval", "rules"}


def test_what_the_scrape_adds_hides_no_label_of_ours() -> None:
    (endpoint,) = _load("pods.yaml")["spec"]["podMetricsEndpoints"]
    added = {relabeling["targetLabel"] for relabeling in endpoint["relabelings"]}

    assert added | {"pod"} == TARGET_LABELS
    assert not (TARGET_LABELS | {"namespace", "container", "job", "instance"}) & set().union(*METRICS.values())


def test_every_metric_of_ours_is_told_of_on_the_page() -> None:
    for metric in REGISTRY._collector_to_names:
        name = getattr(metric, "_name", "")
        if type(metric).__module__ == "prometheus_client.metrics" and name:
            total = f"{name}_total" if metric._type == "counter" else name  # type: ignore[attr-defined]  # not public
            assert f"`{total}`" in PAGE, total


def test_every_alert_is_tried() -> None:
    assert set(CASES) == set(ALERTS)


def test_every_alert_fires_when_it_should_and_only_then(tmp_path: Path, tell: Callable[..., None]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        if os.environ.get("CI"):
            pytest.fail(WITHOUT_PROMTOOL)
        tell("The alerts were not tried", WITHOUT_PROMTOOL, loud=True)
        pytest.skip(WITHOUT_PROMTOOL)
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": GROUPS}))
    tests = [test for name, case in CASES.items() for test in _tests_of(name, case)]
    given = {"rule_files": ["rules.yaml"], "evaluation_interval": "15s", "tests": tests}
    (tmp_path / "tests.yaml").write_text(json.dumps(given))

    for command in (["check", "rules", "rules.yaml"], ["test", "rules", "tests.yaml"]):
        done = subprocess.run([promtool, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def _tests_of(name: str, case: Case) -> list[dict[str, Any]]:
    severity = ALERTS[name]["labels"]["severity"]
    labels = {"alertname": name, "alertstate": "firing", "severity": severity, **case.labels}
    first = next(iter(case.labels))
    expected = [labels, *({**labels, first: other} for other in case.also)]
    return [
        _test(f"{name} fires", name, case.fires, {case.not_yet: [], case.at: expected}),
        _test(f"{name} is quiet", name, case.quiet, {minute: [] for minute in range(0, case.at + 5)}),
    ]


def _test(title: str, name: str, series: Series, expected: dict[int, list[dict[str, str]]]) -> dict[str, Any]:
    return {
        "name": title,
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'ALERTS{{alertname="{name}",alertstate="firing"}}',
                "eval_time": f"{minute}m",
                "exp_samples": [{"labels": f"ALERTS{_written(labels)}", "value": 1} for labels in found],
            }
            for minute, found in expected.items()
        ],
    }


def _written(labels: dict[str, str]) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
