"""One deploy, carried out: all or nothing, or as much as goes, or only to see whether it would.

In: an org, the packages of a zip, the options. Out: a message for each component, and a changed org unless
something failed or it was a check. Source: Metadata API Developer Guide, "deploy()", "DeployMessage".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from connector.sandbox.salesforce.mdapi import keepers
from connector.sandbox.salesforce.mdapi.component import Component, MetadataProblem
from connector.sandbox.salesforce.mdapi.contents import Complaint, Contents, contents
from connector.sandbox.salesforce.mdapi.package import AFTER, BEFORE, MANIFEST, Package
from connector.sandbox.salesforce.mdapi.types import FOLDER_TYPES, TYPES, file_of
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.undoing import trial

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of a deploy chose."""

    check_only: bool = False
    rollback_on_error: bool = False
    single_package: bool = False
    ignore_warnings: bool = False
    allow_missing_files: bool = False
    auto_update_package: bool = False
    purge_on_delete: bool = False
    perform_retrieve: bool = False
    test_level: str = ""
    run_tests: tuple[str, ...] = ()


@dataclass(slots=True)
class Message:
    """What became of one component. A warning that is not ignored counts as an error."""

    type: str
    full_name: str
    file: str
    id: str = ""
    created: bool = False
    changed: bool = False
    deleted: bool = False
    problem: str = ""
    warning: bool = False
    success: bool = True
    line: int | None = None
    column: int | None = None


@dataclass(slots=True)
class Verdict:
    """The end of a deploy."""

    messages: list[Message] = field(default_factory=list)
    kept: bool = True
    """Whether the org is changed now."""

    @property
    def components(self) -> list[Message]:
        """Without the line about package.xml itself."""
        return [each for each in self.messages if each.type or not each.success]

    @property
    def failures(self) -> list[Message]:
        return [each for each in self.messages if not each.success]


def carry_out(org: Org, packages: Sequence[Package], options: Options) -> Verdict:
    """Deploys; afterwards the org is changed only if the verdict says so."""
    verdict = Verdict()
    with trial(org.db) as tried:
        for package in packages:
            _deploy(org, package, options, verdict.messages)
        if options.check_only or (verdict.failures and options.rollback_on_error):
            tried.undo()
    verdict.kept = not tried.undone
    return verdict


def _deploy(org: Org, package: Package, options: Options, messages: list[Message]) -> None:
    found = contents(package, options.allow_missing_files, options.auto_update_package)
    if not any(each.full_name == MANIFEST for each in found.complaints):
        messages.append(Message("", MANIFEST, package.root + MANIFEST, changed=True))
    messages += [_complained(each) for each in found.complaints]
    for name in BEFORE:
        messages += _delete(org, found, name, package.root, options)
    messages += [_save(org, each) for each in found.components]
    for name in AFTER:
        messages += _delete(org, found, name, package.root, options)


def _complained(complaint: Complaint) -> Message:
    c = complaint
    return Message(c.type, c.full_name, c.file, problem=c.text, success=False, line=c.line, column=c.column)


def _save(org: Org, component: Component) -> Message:
    message = Message(component.type, component.full_name, component.file)
    try:
        saved = attempt(org, lambda: keepers.save(org, component))
    except MetadataProblem as problem:
        message.problem, message.success = problem.text, False
        message.line, message.column = problem.line, problem.column
        return message
    message.id, message.created, message.changed = saved.id, saved.created, True
    return message


def attempt(org: Org, work: Callable[[], Done]) -> Done:
    """Does the work; when it is refused, the org is as it was before."""
    with org.db.transaction():
        return work()


def _delete(org: Org, found: Contents, name: str, root: str, options: Options) -> Iterable[Message]:
    """What is not there cannot be deleted: a warning."""
    for type_name, full_name in found.deletions.get(name, ()):
        message = Message(type_name, full_name, root + name, deleted=True, changed=True)
        try:
            if type_name not in TYPES and type_name not in FOLDER_TYPES:
                raise MetadataProblem("INVALID_TYPE", f"Unknown type name '{type_name}' specified in {name}")
            if attempt(org, lambda: keepers.remove(org, type_name, full_name)):  # noqa: B023  # called at once
                message.file = root + file_of(type_name, full_name)
            else:
                message.problem, message.warning = f"No {type_name} named: {full_name} found", True
                message.deleted = message.changed = False
                message.success = options.ignore_warnings
        except MetadataProblem as problem:
            message.problem, message.success, message.deleted = problem.text, False, False
        yield message
