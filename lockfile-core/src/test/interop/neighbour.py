#!/usr/bin/python3
"""Does with the lock of another program what it is told on its standard input.

    neighbour.py PROGRAM PATH [PATIENCE]

PROGRAM is one of PROGRAMS below, PATH what that program is given. PATIENCE is a number of seconds: for how long flufl.lock takes its
lock, and after how many seconds procmail's lockfile forces one that it is waiting for. It prints "ready VERSION", or "missing REASON"
if the program is not installed, and then answers each line with one, but for loops:

    try        one try: "held PID" or "refused"
    acquire    waits: "held PID"
    release    "released"
    break      lets the program remove the lock of whoever has it: "broken"
    host       the name of this host as the program writes it
    reap       waits until the process that was said to hold has been killed: "gone"
    loop N     holds N times: N lines "ENTERED LEFT", in nanoseconds of CLOCK_MONOTONIC, and "done"

"try shared", "acquire shared" and "loop N shared" do it as a reader. PID is the process that has to be killed to have killed the
holder. It is this one, also where a shell script would be: tools that create a marker and end leave nobody else who could die. What
fails in another way than by being refused is answered by "failed REASON".
"""

import os
import random
import socket
import subprocess
import sys
import time


class Missing(Exception):
    """The program is not installed."""


class Program:
    """How one program locks. A subclass has at least attempt() and release()."""

    def __init__(self, path, patience):
        self.path = path
        self.patience = patience

    def attempt(self, shared):
        raise NotImplementedError

    def release(self):
        raise NotImplementedError

    def wait(self, shared):
        # The programs' own pauses are long, or can't be chosen
        while not self.attempt(shared):
            time.sleep(random.uniform(0.0005, 0.004))

    def break_lock(self):
        raise NotImplementedError

    def holder(self):
        return os.getpid()

    def host(self):
        return socket.gethostname()

    def reap(self):
        pass


class Fasteners(Program):

    def __init__(self, path, patience):
        super().__init__(path, patience)
        import fasteners
        self.lock = fasteners.InterProcessLock(path)

    def attempt(self, shared):
        return self.lock.acquire(blocking=False)

    def wait(self, shared):
        self.lock.acquire(delay=0.0005, max_delay=0.004)

    def release(self):
        self.lock.release()


class FastenersReaderWriter(Program):

    def __init__(self, path, patience):
        super().__init__(path, patience)
        import fasteners
        self.lock = fasteners.InterProcessReaderWriterLock(path)
        self.held = None

    def acquire(self, shared, **how):
        acquire = self.lock.acquire_read_lock if shared else self.lock.acquire_write_lock
        if not acquire(**how):
            return False
        self.held = shared
        return True

    def attempt(self, shared):
        return self.acquire(shared, blocking=False)

    def wait(self, shared):
        self.acquire(shared, delay=0.0005, max_delay=0.004)

    def release(self):
        if self.held:
            self.lock.release_read_lock()
        else:
            self.lock.release_write_lock()


class OsloConcurrency(Program):

    def __init__(self, path, patience):
        super().__init__(path, patience)
        from oslo_concurrency import lockutils
        self.lockutils = lockutils
        self.lock = None

    def acquire(self, **how):
        directory, name = os.path.split(self.path)
        lock = self.lockutils.lock(name, external=True, lock_path=directory, **how)
        lock.__enter__()
        self.lock = lock

    def attempt(self, shared):
        try:
            self.acquire(blocking=False)
            return True
        except self.lockutils.AcquireLockFailedException:
            return False

    def wait(self, shared):
        self.acquire(delay=0.0005)

    def release(self):
        self.lock.__exit__(None, None, None)


class Lockf(Program):

    def __init__(self, path, patience):
        super().__init__(path, patience)
        import fcntl
        self.fcntl = fcntl
        self.file = open(path, "a+b")

    def attempt(self, shared):
        try:
            self.fcntl.lockf(self.file, self.mode(shared) | self.fcntl.LOCK_NB)
            return True
        except (BlockingIOError, PermissionError):
            return False

    def wait(self, shared):
        self.fcntl.lockf(self.file, self.mode(shared))

    def mode(self, shared):
        return self.fcntl.LOCK_SH if shared else self.fcntl.LOCK_EX

    def release(self):
        self.fcntl.lockf(self.file, self.fcntl.LOCK_UN)


class Flock(Program):
    """flock(1), which becomes the command that runs under the lock."""

    def __init__(self, path, patience):
        super().__init__(path, patience)
        self.process = None

    def start(self, shared, *options):
        command = ["flock", "--no-fork", "--shared" if shared else "--exclusive", *options, self.path,
                   "sh", "-c", "echo held; read line"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() == b"held\n":
            return True
        self.end(1)
        return False

    def attempt(self, shared):
        return self.start(shared, "--nonblock")

    def wait(self, shared):
        if not self.start(shared):
            raise RuntimeError("flock didn't wait")

    def release(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        self.end(0)

    def end(self, expected):
        status = self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        if status != expected:
            raise RuntimeError("flock exited with %d" % status)

    def holder(self):
        return self.process.pid

    def reap(self):
        self.process.wait()


class FlockDescriptor(Program):
    """flock(1) on a descriptor, as in scripts: exec 9>P; flock 9. This process is the shell."""

    def __init__(self, path, patience):
        super().__init__(path, patience)
        self.file = open(path, "ab")

    def run(self, *options):
        command = ["flock", *options, str(self.file.fileno())]
        status = subprocess.run(command, pass_fds=[self.file.fileno()]).returncode
        if status > 1:
            raise RuntimeError("flock exited with %d" % status)
        return status == 0

    def attempt(self, shared):
        return self.run("--nonblock")

    def wait(self, shared):
        self.run()

    def release(self):
        self.run("--unlock")


class FileLock(Program):

    def __init__(self, path, patience):
        super().__init__(path, patience)
        import filelock
        self.timeout = filelock.Timeout
        self.lock = self.create(filelock, path)

    def create(self, filelock, path):
        return filelock.FileLock(path)

    def attempt(self, shared):
        try:
            self.lock.acquire(blocking=False)
            return True
        except self.timeout:
            return False

    def wait(self, shared):
        self.lock.acquire(poll_interval=0.002)

    def release(self):
        self.lock.release()


class SoftFileLock(FileLock):

    def create(self, filelock, path):
        if hasattr(filelock.SoftFileLock, "is_lock_held_by_us"):
            raise Missing("filelock is so new that its markers have contents, which is another protocol")
        return filelock.SoftFileLock(path)


class Portalocker(Program):

    def __init__(self, path, patience):
        super().__init__(path, patience)
        import portalocker
        self.exceptions = portalocker.exceptions
        self.lock = portalocker.Lock(path, timeout=300, check_interval=0.002)

    def attempt(self, shared):
        try:
            self.lock.acquire(fail_when_locked=True)
            return True
        except self.exceptions.AlreadyLocked:
            return False

    def wait(self, shared):
        self.lock.acquire()

    def release(self):
        self.lock.release()


class PythonLockfile(Program):
    """A class of the package lockfile."""

    module = None
    name = None

    def __init__(self, path, patience):
        super().__init__(path, patience)
        import importlib
        import lockfile
        self.already_locked = lockfile.AlreadyLocked
        self.type = getattr(importlib.import_module(self.module), self.name)
        self.lock = self.create()

    def create(self):
        return self.type(self.path)

    def attempt(self, shared):
        try:
            self.lock.acquire(timeout=0)
            return True
        except self.already_locked:
            return False

    def release(self):
        self.lock.release()

    def break_lock(self):
        self.lock.break_lock()


class LinkLockFile(PythonLockfile):
    module = "lockfile.linklockfile"
    name = "LinkLockFile"


class MkdirLockFile(PythonLockfile):
    module = "lockfile.mkdirlockfile"
    name = "MkdirLockFile"


class SymlinkLockFile(PythonLockfile):
    module = "lockfile.symlinklockfile"
    name = "SymlinkLockFile"

    def attempt(self, shared):
        try:
            return super().attempt(shared)
        except FileNotFoundError:
            # It looks whether there is a link, and then reads one that may be gone by then
            return False


class PidLockFile(PythonLockfile):
    module = "lockfile.pidlockfile"
    name = "PIDLockFile"


class DaemonPidLockFile(PythonLockfile):
    module = "daemon.pidfile"
    name = "TimeoutPIDLockFile"

    def create(self):
        return self.type(self.path, acquire_timeout=0)


class SqliteLockFile(PythonLockfile):
    """With the database beside the path, as it is to be shared."""

    module = "lockfile.sqlitelockfile"
    name = "SQLiteLockFile"

    def create(self):
        import sqlite3
        self.operational_error = sqlite3.OperationalError
        self.type.testdb = os.path.join(os.path.dirname(self.path), "locks.db")
        return self.type(self.path)

    def attempt(self, shared):
        try:
            return super().attempt(shared)
        except self.operational_error as ex:
            # Somebody else is writing, for longer than sqlite3 waits
            if "locked" not in str(ex):
                raise
            self.lock.connection.rollback()
            return False


class Tool(Program):
    """A command that creates a marker and ends, and whose exit code says whether it could."""

    refused = None

    def run(self, *command):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode not in (0, self.refused):
            raise RuntimeError("%s exited with %d: %s" % (command, done.returncode, done.stderr.decode().strip()))
        return done.returncode == 0


class DotLockFile(Tool):
    refused = 4
    options = ()

    def attempt(self, shared):
        return self.run("dotlockfile", "-l", "-r", "0", *self.options, self.path)

    def release(self):
        self.run("dotlockfile", "-u", self.path)

    break_lock = release


class DotLockFileWithPid(DotLockFile):
    options = ("-p",)


class LockFileCreate(Tool):
    refused = 4

    def attempt(self, shared):
        return self.run("lockfile-create", "--retry", "0", self.path)

    def release(self):
        self.run("lockfile-remove", self.path)

    break_lock = release


class ProcmailLockfile(Tool):
    refused = 73

    def attempt(self, shared):
        return self.run("lockfile", "-r", "0", self.path)

    def wait(self, shared):
        if self.patience is None:
            super().wait(shared)
        else:
            self.run("lockfile", "-1", "-l", str(self.patience), "-s", "0", self.path)

    def release(self):
        # Its manual says: rm -f
        os.unlink(self.path)

    break_lock = release


class FluflLock(Program):

    def __init__(self, path, patience):
        super().__init__(path, patience)
        import datetime
        from flufl.lock import Lock, TimeOutError
        self.timeout = TimeOutError
        self.at_once = datetime.timedelta(seconds=-1)
        self.lock = Lock(path, lifetime=patience)

    def attempt(self, shared):
        try:
            self.lock.lock(timeout=self.at_once)
            return True
        except self.timeout:
            return False

    def wait(self, shared):
        if self.patience is None:
            super().wait(shared)
        else:
            # Its own waiting sleeps for up to two seconds, and breaks what has expired
            self.lock.lock()

    def release(self):
        self.lock.unlock()

    def host(self):
        return self.lock.hostname


# The class, and the Debian package whose version is told
PROGRAMS = {
    "fasteners": (Fasteners, "python3-fasteners"),
    "fasteners-rw": (FastenersReaderWriter, "python3-fasteners"),
    "oslo": (OsloConcurrency, "python3-oslo.concurrency"),
    "lockf": (Lockf, "python3"),
    "flock": (Flock, "util-linux"),
    "flock-descriptor": (FlockDescriptor, "util-linux"),
    "filelock": (FileLock, "python3-filelock"),
    "portalocker": (Portalocker, "python3-portalocker"),
    "lockfile-link": (LinkLockFile, "python3-lockfile"),
    "dotlockfile": (DotLockFile, "liblockfile-bin"),
    "dotlockfile-pid": (DotLockFileWithPid, "liblockfile-bin"),
    "lockfile-create": (LockFileCreate, "lockfile-progs"),
    "procmail": (ProcmailLockfile, "procmail"),
    "lockfile-mkdir": (MkdirLockFile, "python3-lockfile"),
    "lockfile-symlink": (SymlinkLockFile, "python3-lockfile"),
    "lockfile-pid": (PidLockFile, "python3-lockfile"),
    "daemon": (DaemonPidLockFile, "python3-daemon"),
    "filelock-soft": (SoftFileLock, "python3-filelock"),
    "lockfile-sqlite": (SqliteLockFile, "python3-lockfile"),
    "flufl": (FluflLock, "python3-flufl.lock"),
}

# The commands of the programs that are no Python modules
COMMANDS = {
    "flock": "flock",
    "flock-descriptor": "flock",
    "dotlockfile": "dotlockfile",
    "dotlockfile-pid": "dotlockfile",
    "lockfile-create": "lockfile-create",
    "procmail": "lockfile",
}


def create(name, path, patience):
    import shutil
    command = COMMANDS.get(name)
    if command is not None and shutil.which(command) is None:
        raise Missing("there is no command " + command)
    try:
        return PROGRAMS[name][0](path, patience)
    except ImportError as ex:
        raise Missing(str(ex)) from ex


def version(package):
    try:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        return done.stdout.decode().strip() or "unknown"
    except OSError:
        return "unknown"


def loop(program, count, shared):
    intervals = []
    for _ in range(count):
        program.wait(shared)
        entered = time.monotonic_ns()
        time.sleep(0.0001)
        intervals.append("%d %d" % (entered, time.monotonic_ns()))
        program.release()
        time.sleep(random.uniform(0, 0.004))
    return intervals + ["done"]


def answer(program, line):
    words = line.split()
    command = words[0]
    shared = words[-1] == "shared"
    if command == "try":
        return ["held %d" % program.holder() if program.attempt(shared) else "refused"]
    if command == "acquire":
        program.wait(shared)
        return ["held %d" % program.holder()]
    if command == "release":
        program.release()
        return ["released"]
    if command == "break":
        program.break_lock()
        return ["broken"]
    if command == "host":
        return [program.host()]
    if command == "reap":
        program.reap()
        return ["gone"]
    if command == "loop":
        return loop(program, int(words[1]), shared)
    raise ValueError(line)


def main(name, path, patience=None):
    try:
        program = create(name, path, int(patience) if patience is not None else None)
    except Missing as ex:
        print("missing", ex, flush=True)
        return
    print("ready", version(PROGRAMS[name][1]), flush=True)
    for line in sys.stdin:
        try:
            lines = answer(program, line)
        except Exception as ex:
            lines = ["failed %s: %s" % (type(ex).__name__, " ".join(str(ex).split()))]
        print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
