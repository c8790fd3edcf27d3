"""Locks, the applies that run, and the results nobody has heard of yet."""
import fcntl
import os
import time

from agent.system import RESULTS, RUN, Refused, at, list_directory, write_json


class Lock:
    """A lock that the kernel frees when its holder dies."""

    def __init__(self, path):
        os.makedirs(os.path.dirname(at(path)), mode=0o700, exist_ok=True)
        self.fd = os.open(at(path), os.O_RDWR | os.O_CREAT, 0o600)

    def take(self):
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False

    def wait(self, what, seconds, say):
        started, told = time.monotonic(), 0
        while not self.take():
            waited = time.monotonic() - started
            holder = os.pread(self.fd, 500, 0).decode(errors="replace") or "another change"
            if seconds is not None and waited >= seconds:
                raise Refused("HostBusy", f"{holder} is still running on this host after {seconds:g} s of waiting", holder=holder)
            if waited >= told:
                say("wait", f"waiting for {holder}")
                told += 10
            time.sleep(0.1)
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, what.encode(), 0)

    def free(self):
        """Lets others have it; `wait` takes it again."""
        fcntl.flock(self.fd, fcntl.LOCK_UN)

    def release(self):
        os.close(self.fd)


class HostLock(Lock):
    """One change at a time on a host, whoever makes it: from the first package until only the probes are left."""

    def __init__(self):
        super().__init__(f"{RUN}/lock")


class RoleLock(Lock):
    """One change at a time of a role, the probes at its end included. Taken before the lock of the host."""

    def __init__(self, role):
        super().__init__(f"{RUN}/roles/{role}")


class Exclusive:
    """Both locks, for a change of a role: nobody else changes the role, and the host only while its lock is lent."""

    def __init__(self, role, what, request, say):
        self.who, self.say = f"role {role} ({what} by {request.get('operator') or 'unknown'}, pid {os.getpid()})", say
        self.patience, self.locks = request.get("lockWait", 300), (RoleLock(role), HostLock())

    def __enter__(self):
        try:
            for lock in self.locks:
                lock.wait(self.who, self.patience, self.say)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for lock in reversed(self.locks):
            lock.release()

    def lent(self, work):
        """Does some work without the lock of the host, and takes it back, however long that lasts."""
        host = self.locks[1]
        host.free()
        try:
            work()
        finally:
            host.wait(self.who, None, self.say)


def being_changed(role):
    lock = RoleLock(role)
    try:
        return not lock.take()
    finally:
        lock.release()


def running_applies():
    """Identifiers and roles of applies whose process lives; each holds a lock on a file of its own."""
    alive = {}
    for name in list_directory(at(RUN)):
        if not name.startswith("apply-"):
            continue
        path = at(f"{RUN}/{name}")
        try:
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            os.unlink(path)
        except BlockingIOError:
            alive[name[6:]] = os.pread(fd, 500, 0).decode()
        except FileNotFoundError:
            pass
        finally:
            os.close(fd)
    return alive


def store_result(role, apply_id, outcome):
    os.makedirs(at(RESULTS), mode=0o700, exist_ok=True)
    write_json(at(f"{RESULTS}/{role}.json"), {"id": apply_id, "role": role, "finished": int(time.time()), **outcome})
