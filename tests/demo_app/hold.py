#!/usr/bin/env python3
"""Holds a transaction open on a SQLite database until it is ended, as a forgotten cursor or a hung
job does.

    hold.py reader|writer /path/app.db
"""
import signal
import sqlite3
import sys


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("reader", "writer"):
        sys.exit(__doc__.strip())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    db = sqlite3.connect(sys.argv[2], timeout=30, isolation_level=None)
    db.execute("BEGIN" if sys.argv[1] == "reader" else "BEGIN IMMEDIATE")
    db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    signal.pause()


if __name__ == "__main__":
    main()
