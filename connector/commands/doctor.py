"""``smarketing doctor``: tries everything out and says what to mend."""

from connector import doctor as doctors
from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.doctor import Finding, Grade
from connector.report.words import sentence
from connector.settings import load

STYLES = {Grade.PASS: "green", Grade.WARN: "yellow", Grade.FAIL: "bold red"}


def doctor(config: ConfigFile = CONFIG_FILE, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Try everything out: files, state, both CRMs, permissions, fields, owners, limits.

    Writes nothing. Each line says pass, warn or fail, with the fix in plain words.
    """
    output = Output(json)
    findings: list[Finding] = []
    for finding in doctors.examine(load(config)):
        findings.append(finding)
        output.words(f"{finding.grade:4}  {finding.topic}: {finding.message}", style=STYLES[finding.grade])
        if finding.fix:
            output.words(f"      fix: {sentence(finding.fix)}")
    worst = max(finding.exit_code for finding in findings)
    output.words(_verdict(worst))
    output.answer({"ok": worst == 0, "findings": [_json(finding) for finding in findings]})
    return worst


def _json(finding: Finding) -> dict[str, str]:
    return {
        "topic": finding.topic,
        "grade": finding.grade.value,
        "message": finding.message,
        "fix": sentence(finding.fix),
    }


def _verdict(worst: int) -> str:
    return {
        0: "Everything is in place.",
        1: "Nearly there: see the fixes above.",
    }.get(worst, "Something must be mended first: see the fixes above.")
