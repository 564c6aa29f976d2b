"""States of databases that tests need, made by real SQLite in processes of their own."""
import hashlib
import os

from support import App


def closed(path, mode="wal", rows=3, setup=()):
    """A database in journal mode `mode` that nobody has open."""
    App(path, *setup, f"PRAGMA journal_mode={mode}", "CREATE TABLE t(a)",
        *[f"INSERT INTO t VALUES({row})" for row in range(rows)]).close()


def unclean_wal(path):
    """A database whose writer was killed: its -wal and -shm stay, recovery is pending."""
    App(path, "PRAGMA journal_mode=WAL", "CREATE TABLE t(a)", "INSERT INTO t VALUES(1)").kill9()


def hot_journal(path):
    """A database whose writer was killed while its transaction had spilled into the file."""
    App(path, "PRAGMA journal_mode=DELETE", "PRAGMA cache_size=5", "CREATE TABLE t(a)",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<300) "
        "INSERT INTO t SELECT randomblob(500) FROM n",
        "BEGIN", "UPDATE t SET a=randomblob(500)").kill9()


def fingerprints(folder):
    """All that could tell a file was touched, by path: bytes, times, inode, size, owner, mode."""
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            st = os.stat(path)
            found[path] = (digest, st.st_ino, st.st_size, st.st_mtime_ns, st.st_ctime_ns, st.st_uid,
                           st.st_gid, st.st_mode, st.st_nlink)
    return found
