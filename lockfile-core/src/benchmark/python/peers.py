"""Prints what acquire + release costs in Python, in ns: peers.py DIRECTORY."""
import os
import sys
import time


def measure(name, action, rounds):
    for _ in range(rounds // 10):
        action()
    start = time.perf_counter_ns()
    for _ in range(rounds):
        action()
    print(name, (time.perf_counter_ns() - start) // rounds)


def with_lock(lock):
    def action():
        with lock:
            pass
    return action


directory = sys.argv[1]
try:
    import fasteners
    measure("fasteners InterProcessLock", with_lock(fasteners.InterProcessLock(os.path.join(directory, "f"))), 20000)
except ImportError:
    pass
try:
    import filelock
    measure("filelock FileLock", with_lock(filelock.FileLock(os.path.join(directory, "l"))), 20000)
except ImportError:
    pass
try:
    import lockfile.linklockfile
    measure("lockfile LinkLockFile", with_lock(lockfile.linklockfile.LinkLockFile(os.path.join(directory, "k"))), 5000)
except ImportError:
    pass
