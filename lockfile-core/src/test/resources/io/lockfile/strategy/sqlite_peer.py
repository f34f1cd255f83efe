"""Does with one SQLiteLockFile what it is told on its standard input, and answers each line with one.

Arguments: the database, and the path to lock.
"""
import sys
import time

from lockfile import AlreadyLocked, LockTimeout
from lockfile.sqlitelockfile import SQLiteLockFile


def say(text):
    print(text, flush=True)


def contend(lock, holds):
    intervals = []
    while len(intervals) < holds:
        try:
            lock.acquire(timeout=0.05)
        except LockTimeout:
            continue
        entered = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        time.sleep(0.0005)
        assert lock.i_am_locking()
        intervals.append((entered, time.clock_gettime_ns(time.CLOCK_MONOTONIC)))
        lock.release()
    for entered, left in intervals:
        say("%d %d" % (entered, left))


def attempt(lock):
    try:
        lock.acquire(timeout=0)
        return "held"
    except AlreadyLocked:
        return "refused"


def release(lock):
    lock.release()
    return "released"


def main():
    SQLiteLockFile.testdb = sys.argv[1]
    lock = SQLiteLockFile(sys.argv[2])
    say("ready")
    for line in sys.stdin:
        command = line.split()
        if command[0] == "contend":
            contend(lock, int(command[1]))
            return
        say({
            "acquire": lambda: lock.acquire() or "held",
            "try": lambda: attempt(lock),
            "release": lambda: release(lock),
            "locked": lambda: lock.is_locked(),
            "mine": lambda: lock.i_am_locking(),
            "break": lambda: lock.break_lock() or "broken",
        }[command[0]]())


main()
