"""The mapping files: folder -> checked rules, with every problem at once.

Enters: a folder (reading four texts is the only I/O), or texts by file name. Leaves: a ``Mapping`` and
problems sorted by place. Never: a mapping made from files with errors, and never an exception for what a
person wrote.
"""

from collections.abc import Mapping as Map
from pathlib import Path

from connector.domain import prove
from connector.errors import ConfigError
from connector.mapping import meaning, parsed
from connector.mapping.build import build
from connector.mapping.nodes import MAX_BYTES
from connector.mapping.problem import Problem, errors, in_order
from connector.mapping.rules import Mapping, Where
from connector.mapping.shape import FILES

LANGUAGES = ("en", "nl", "da")


def load(folder: Path, language: str = "en") -> tuple[Mapping | None, list[Problem]]:
    """The mapping of a folder, None when there is any error; and all problems, warnings included.

    ``language``: of the labels that people see in the CRMs (en, nl, da).
    """
    texts, problems = _read(folder)
    mapping, found = parse_text(texts, language)
    unreadable = {problem.where.file for problem in problems}
    kept = [p for p in found if not (p.where.file in unreadable and p.rule == "missing-file")]
    return (None if errors(problems) else mapping), in_order([*problems, *kept])


def parse_text(files: Map[str, str], language: str = "en") -> tuple[Mapping | None, list[Problem]]:
    """As ``load``, from texts by file name. Pure."""
    assert language in LANGUAGES
    read, problems = parsed.parse(files)
    problems += meaning.check(read)
    if errors(problems) or not read.complete:
        return None, in_order(problems)
    mapping = build(read, language)
    problems += prove.problems(mapping)
    return (None if errors(problems) else mapping), in_order(problems)


def load_or_raise(folder: Path, language: str = "en") -> Mapping:
    """The mapping of a folder. Raises ConfigError with all errors, one line each."""
    need_folder(folder)
    mapping, problems = load(folder, language)
    if mapping is not None:
        return mapping
    wrong = errors(problems)
    count = "1 problem" if len(wrong) == 1 else f"{len(wrong)} problems"
    raise ConfigError(
        f"the mapping files in {folder} have {count}",
        fix="Edit the lines named, then run `smarketing check`.",
        problems=tuple(str(problem) for problem in wrong),
    )


def need_folder(folder: Path) -> None:
    """Raises ConfigError when there is no such folder: every file would be missing for that one reason."""
    if not folder.is_dir():
        fix = "Correct mapping.folder in config.toml, or make the files with `smarketing init DIR`."
        raise ConfigError(f"there is no folder {folder} with mapping files", fix=fix)


def _read(folder: Path) -> tuple[dict[str, str], list[Problem]]:
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    paths = (
        sorted(path for path in folder.glob("*.y*ml") if path.suffix in (".yaml", ".yml"))
        if folder.is_dir()
        else []
    )
    for path in paths:
        try:
            texts[path.name] = _text(path) if path.name in FILES else ""
        except OSError as error:
            problems.append(_unreadable(path, error.strerror or "cannot be read"))
        except UnicodeDecodeError:
            problems.append(_unreadable(path, "is not UTF-8 text; save it as UTF-8"))
    return texts, problems


def _text(path: Path) -> str:
    """At most a little more than is allowed, so that a huge file is refused without being held."""
    with path.open("rb") as file:
        head = file.read(MAX_BYTES + 1)
    return head.decode("utf-8-sig", "ignore") if len(head) > MAX_BYTES else head.decode("utf-8-sig")


def _unreadable(path: Path, why: str) -> Problem:
    return Problem(Where(path.name, 1, 1), f"this file {why}", "unreadable")
