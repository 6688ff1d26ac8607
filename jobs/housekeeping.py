"""The scheduled tidying: what has outlived its time leaves the state, and work files of runs that died are
deleted."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog

from connector.alerts.tell import alerting
from connector.connect import open_state, remove_leftovers
from connector.errors import SmarketingError
from connector.settings import load
from jobs.sync import log_error, log_untold


def housekeeping(config: Path) -> bool:
    """Tidies once, with the config as it is now; False when it could not. It never raises: the next start
    tries again."""
    log = structlog.get_logger().bind(job="housekeeping")
    try:
        settings = load(config)
        with alerting(settings, "housekeeping", partial(log_untold, log)):
            with open_state(settings) as store:
                purged = store.purge(datetime.now(UTC))
            spools = remove_leftovers(settings)
    except SmarketingError as error:
        log_error(log, error)
        return False
    except Exception as error:  # a bug must not end the scheduler; its text may hold people's values
        log.error("unexpected error", error=type(error).__name__)
        return False
    log.info("tidied", purged=dict(purged), spools=spools)
    return True
