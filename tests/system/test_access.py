"""One writer per database: a forbidden write is refused for every role, in three ways."""
import os
import sqlite3
import stat

import pytest

from harness import stored
from harness.site import DATABASES
from harness.waiting import wait_until

OWNERS = {"unified_tick_pipeline.db": "tickd", "analysis_data.db": "analysisd",
          "system_logs.db": "logd"}
ROLES = ["tickd", "analysisd", "logd", "trading-supervisor", "tradingctl"]
TABLES = {"ticks": "symbols", "analysis": "analysis_results", "logs": "api_logs"}


@pytest.fixture
def running(site):
    """All three databases exist and are held by their owners."""
    site.set("binance", enabled="no")
    site.start_stack()
    wait_until(lambda: all(site.database(which).exists() for which in DATABASES), 30, "databases")
    wait_until(lambda: all(stored.value(site.database(which), "PRAGMA user_version")
                           for which in DATABASES), 30, "schemas")
    return site


def test_access_shows_real_attempts_of_every_role_on_every_database(running):
    answer = running.tradingctl_json("access")
    shown = {(row["role"], row["database"]): row for row in answer["access"]}
    assert set(shown) == {(role, database) for role in ROLES for database in OWNERS}
    for (role, database), row in shown.items():
        owner = OWNERS[database] == role
        assert row["access"].startswith("READ + WRITE" if owner else "READ"), row
        assert row["read"] is True and row["write"] is owner, row
        assert row["writes_refused_by_sqlite"] is True, row
        if not owner:
            assert row["refusal"] == f"{role} has only READ access to {database}", row
    assert answer["ok"] is True and answer["contradictions"] == []


def test_access_prints_the_table_for_people(running):
    done = running.tradingctl("access")
    assert done.returncode == 0, done
    for word in [*ROLES, *OWNERS]:
        assert word in done.stdout, done.stdout
    assert done.stdout.count("READ + WRITE") == 3, done.stdout


@pytest.mark.parametrize("which", DATABASES)
def test_sqlite_refuses_a_write_through_a_read_only_connection(running, which):
    connection = stored.connect(running.database(which))
    with pytest.raises(sqlite3.OperationalError, match="readonly database"):
        connection.execute(f"DELETE FROM {TABLES[which]}")
    with pytest.raises(sqlite3.OperationalError, match="readonly database"):
        connection.execute("CREATE TABLE mine(a)")
    connection.close()
    assert stored.integrity(running.database(which)) == "ok"


@pytest.mark.parametrize("which", DATABASES)
def test_the_files_of_a_database_are_closed_to_others(running, which):
    database = running.database(which)
    for path in (database, database.with_name(database.name + "-wal"),
                 database.with_name(database.name + "-shm")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o640, path
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o750
    assert os.stat(database).st_uid == os.geteuid()
