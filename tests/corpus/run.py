"""`make corpus`: prices every encoded policy's cases and says how far the engine reaches.

A policy is expressed when each sentence of its rules is named by a rule of the document or left out with a reason, its
cases give their figures, and each rule, once deleted, makes one of them fail. An example is passed when every case that
names it gives its figures.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.corpus.figures import faults_of
from webapp.pricing.policy import Document, DocumentError, Rule, parse

CORPUS = Path(__file__).parent
ORACLES = {"published", "adjudicated", "test-suite"}


@dataclass(slots=True)
class Finding:
    """What the run found about one policy."""

    name: str
    faults: list[str] = field(default_factory=list)
    """Why the policy is not expressed; empty when it is."""
    passed: set[int] = field(default_factory=set)
    """The examples whose figures the engine gives."""
    notes: list[str] = field(default_factory=list)
    """Examples that are not passed, each with the reason that the file gives."""


def main() -> int:
    yardstick = read_json(CORPUS / "yardstick.json")
    findings = [examine(name, known) for name, known in yardstick.items()]
    for finding in findings:
        for text in [*finding.faults, *finding.notes]:
            sys.stdout.write(f"{finding.name}: {text}\n")
    sys.stdout.write(f"{summary(yardstick, findings)}\n")
    return 0


def summary(yardstick: Mapping[str, Any], findings: list[Finding]) -> str:
    """The one line that says how far the engine reaches."""
    kinds = [(finding, known["examples"]) for finding, known in zip(findings, yardstick.values(), strict=True)]
    oracles = [number in finding.passed for finding, kind in kinds for number in _numbers(kind, ORACLES)]
    derived = [number in finding.passed for finding, kind in kinds for number in _numbers(kind, {"derived"})]
    expressed = sum(not finding.faults for finding in findings)
    return (
        f"policies expressed: {expressed} of {len(findings)}; "
        f"oracle examples passed: {sum(oracles)} of {len(oracles)}; "
        f"derived examples agreed: {sum(derived)} of {len(derived)}"
    )


def examine(name: str, known: Mapping[str, Any]) -> Finding:
    """Runs one policy's cases, and again without each of its rules."""
    finding = Finding(name)
    folder = CORPUS / name
    if not (folder / "policy.toml").exists():
        finding.faults.append("not encoded")
        return finding
    record = read_json(folder / "cases.json")
    try:
        document = parse((folder / "policy.toml").read_text(encoding="utf-8"))
    except DocumentError as error:
        finding.faults += [str(mistake) for mistake in error.mistakes]
        return finding
    finding.faults += unnamed_sentences(document, known["sentences"])
    run_cases(document, record["cases"], finding)
    account_for_examples(record, known["examples"], finding)
    finding.faults += [
        f"no case fails without the rule '{rule}'"
        for rule in dict.fromkeys(rule.name for rule in all_rules(document))
        if not any(faults_of(document.without(rule), case) for case in record["cases"])
    ]
    return finding


def unnamed_sentences(document: Document, sentences: list[str]) -> Iterator[str]:
    """Sentences that no rule names and nobody leaves out, and names of sentences that do not exist."""
    versions = [document, *document.later]
    keys = [key for rule in all_rules(document) for key in rule.source]
    keys += [one.sentence for version in versions for one in version.left_out]
    named = {key.removeprefix("rules.") for key in keys}
    yield from (f"no rule expresses the sentence {key}" for key in sentences if key not in named)
    yield from (f"there is no sentence {key}" for key in sorted(named - set(sentences)))


def run_cases(document: Document, cases: list[Mapping[str, Any]], finding: Finding) -> None:
    """Prices each case; an example is passed when all its cases give their figures."""
    failed: set[int] = set()
    for case in cases:
        faults = faults_of(document, case)
        if "example" in case:
            (failed if faults else finding.passed).add(case["example"])
        finding.faults += [f"case '{case['name']}': {fault}" for fault in faults]
    finding.passed -= failed


def account_for_examples(record: Mapping[str, Any], kinds: list[str], finding: Finding) -> None:
    """Every example is a case, or named with the reason why it is no figure of pay or why we disagree."""
    cases = {case["example"] for case in record["cases"] if "example" in case}
    reasons = {one["example"]: f"is no figure of pay: {one['why']}" for one in record.get("no_pay_figure", [])}
    reasons |= {one["example"]: f"we disagree: {one['why']}" for one in record.get("disagree", [])}
    finding.passed -= reasons.keys()
    for number, kind in enumerate(kinds):
        if number in reasons:
            finding.notes.append(f"example {number} ({kind}) {reasons[number]}")
        elif number not in cases:
            finding.faults.append(f"example {number} ({kind}) is neither a case nor explained")
    finding.faults += [
        f"case '{case['name']}' says {case['kind']} of a {kinds[case['example']]} example"
        for case in record["cases"]
        if case.get("example", len(kinds)) < len(kinds) and case.get("kind", "") not in {"", kinds[case["example"]]}
    ]
    unknown = sorted((cases | reasons.keys()) - set(range(len(kinds))))
    finding.faults += [f"there is no example {number}" for number in unknown]


def all_rules(document: Document) -> list[Rule]:
    """The rules of a document, those of its later versions included."""
    return [rule for version in (document, *document.later) for rule in version.rules]


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _numbers(kinds: list[str], wanted: set[str]) -> list[int]:
    return [number for number, kind in enumerate(kinds) if kind in wanted]


if __name__ == "__main__":
    sys.exit(main())
