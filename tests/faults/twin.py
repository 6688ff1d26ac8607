"""A copy of a firm in a process of its own, so that each fault finds the very same starting point.

Enters: a firm at rest, and what is to happen to its copy. Leaves: what that returned. The copy is a fork of
this process: both CRMs come along in memory, the state and the key as copied files. The firm itself is not
touched.
"""

import os
import pickle
import shutil
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from setting import Firm

from connector.crm.base import Crm
from connector.crm.hubspot import HubSpot
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login
from connector.model import Side
from connector.sandbox.serve import Running, start
from connector.state.key import Key
from connector.state.store import open_store

T = TypeVar("T")
LONGEST_S = 120


def in_a_twin(firm: Firm, folder: Path, work: Callable[[Firm], T]) -> T:
    """What ``work`` returns when it is done to a copy of the firm in ``folder`` (new, removed afterwards)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(firm, folder, work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    shutil.rmtree(folder, ignore_errors=True)
    if not told:
        pytest.fail(f"the twin died without a word (status {status})")
    result, problem = pickle.loads(told)
    if problem:
        pytest.fail(problem)
    return result  # type: ignore[no-any-return]


def _live(firm: Firm, folder: Path, work: Callable[[Firm], object], writing: int) -> None:
    """The whole life of the copy; it ends without any of this process's ends."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LONGEST_S)
    result, problem = None, ""
    try:
        shutil.copytree(firm.folder, folder)
        result = work(_copied(firm, folder))
    except BaseException:
        problem = traceback.format_exc()
    with os.fdopen(writing, "wb") as pipe:
        pickle.dump((result, problem), pipe)
    os._exit(0)


def _copied(firm: Firm, folder: Path) -> Firm:
    running = start(firm.world)
    key = Key.load(folder / "key")
    store = open_store(f"sqlite:///{folder / 'state.db'}", key)
    return Firm(folder, firm.world, running, adapters(running), store, key, firm.mappings, firm.limits)


def adapters(running: Running) -> dict[Side, Crm]:
    """Both adapters, which wait for nothing between two tries."""
    login = Login(running.salesforce_url, "sandbox", "sandbox")
    return {
        Side.HUBSPOT: HubSpot("sandbox", base_url=running.hubspot_url, sleep=lambda _: None),
        Side.SALESFORCE: Salesforce(login, sleep=lambda _: None),
    }


def reborn(firm: Firm) -> None:
    """The process that ran the connector is gone; another one opens what it left."""
    firm.store.close()
    for crm in firm.crms.values():
        crm.close()
    firm.crms = adapters(firm.running)
    firm.store = open_store(firm.url, firm.key)
