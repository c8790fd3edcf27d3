"""Paths of the host, walked so that nobody but root can lead root elsewhere.

Some directories that root writes into belong to a service, and whoever broke into that service can put a link, a pipe or
another directory in the place of anything there, at any moment. So no name is looked up twice: every directory is opened
by the one above it (openat(2)), what is there is judged by the descriptor, a new file has a name that nobody can guess
and must not exist (O_EXCL), and its owner and mode are set on the descriptor.
"""
import contextlib
import errno
import os
import stat

from agent.system import ROOT, Refused, cool_down, write_all

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# What was a file may be something else by now: a link is not opened, a pipe does not make us wait.
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# Debian's own links to directories are here (/lib, /var/run); an operator may have others (/var/vmail on another disk).
LINKS_ALLOWED_IN = ("/", "/usr", "/var")
LINKS_MOST = 8
FILE_BYTES_MOST = 64 << 20  # more is no configuration; a service could let us read for ever


def open_directory(path):
    """A descriptor of a directory, for the caller to close. FileNotFoundError and NotADirectoryError as open(2) has them;
    Refused where the way leads through a link that is none of Debian's or of root's own."""
    ahead, done, links = path.strip("/").split("/") if path.strip("/") else [], [], 0
    fd = os.open(ROOT or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        while ahead:
            name = ahead.pop(0)
            try:
                below = os.open(name, DIRECTORY, dir_fd=fd)
            except OSError:
                target = link_target(name, fd)
                if target is None:
                    raise
                here = "/" + "/".join(done)
                links += 1
                if links > LINKS_MOST or here not in LINKS_ALLOWED_IN or not only_root_writes(fd):
                    raise unsafe(f"{here.rstrip('/')}/{name}", target) from None
                ahead = [*resolved(done, target), *ahead]
                done, below = [], os.open(ROOT or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            else:
                done.append(name)
            os.close(fd)
            fd = below
        return fd
    except BaseException:
        os.close(fd)
        raise


def unsafe(path, target):
    return Refused("UnsafePath", f"{path} is a link to {target}, and root follows no link on its way to a file", stage="plan", path=path, rolledBack=True)


def link_target(name, fd):
    try:
        return os.readlink(name, dir_fd=fd)
    except OSError:
        return None


def resolved(above, target):
    """The names from the root on, of a link's target that stands in the directory `above`."""
    names = [] if target.startswith("/") else [*above]
    for name in target.split("/"):
        if name == "..":
            names = names[:-1]
        elif name not in ("", "."):
            names.append(name)
    return names


def only_root_writes(fd):
    st = os.fstat(fd)
    return st.st_uid in (0, os.geteuid()) and not st.st_mode & (0o002 | (0o020 if st.st_gid not in (0, os.getegid()) else 0))


@contextlib.contextmanager
def parent(path):
    """The open directory of a path, and its name there."""
    fd = open_directory(os.path.dirname(path))
    try:
        yield fd, os.path.basename(path)
    finally:
        os.close(fd)


@contextlib.contextmanager
def nearest(path):
    """The open directory of a path or, where there is none, the nearest one above it."""
    while True:
        path = os.path.dirname(path)
        try:
            fd = open_directory(path)
            break
        except (FileNotFoundError, NotADirectoryError):
            if path == "/":
                raise
    try:
        yield fd
    finally:
        os.close(fd)


def is_directory(path):
    try:
        os.close(open_directory(path))
        return True
    except (FileNotFoundError, NotADirectoryError):
        return False


def look(path):
    """(stat, target of a link, descriptor of a regular file) of what stands at a path, or None. The caller closes the descriptor."""
    try:
        with parent(path) as (fd, name):
            st = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if stat.S_ISLNK(st.st_mode):
                return st, os.readlink(name, dir_fd=fd), None
            if not stat.S_ISREG(st.st_mode):
                return st, None, None
            file = os.open(name, FILE, dir_fd=fd)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EINVAL):  # a link where a file was, or a file where a link was
            raise
        raise Refused("UnsafePath", f"{path} was replaced while it was read", stage="plan", path=path, rolledBack=True) from None
    st = os.fstat(file)
    if stat.S_ISREG(st.st_mode):
        return st, None, file
    os.close(file)
    return st, None, None


def new_name(path):
    """A path beside another one that nobody can guess. Programs that read whole directories pass over such names."""
    return f"{os.path.dirname(path)}/.postfleet-{os.urandom(12).hex()}~"


def write_new(path, data, spec):
    """A new file with owner and mode, whole on disk. FileExistsError where anything stands there."""
    with parent(path) as (directory, name):
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=directory)
        try:
            write_all(fd, data)
            own(fd, spec)
            cool_down(fd)
            os.fsync(fd)
        except OSError as error:
            error.filename = error.filename or path
            raise
        finally:
            os.close(fd)


def own(fd, spec):
    """Sets owner and mode of an open file or directory; the owner first, since chown(2) takes set-id bits away."""
    if os.geteuid() == 0 or (spec["uid"], spec["gid"]) != (os.geteuid(), os.getegid()):
        os.fchown(fd, spec["uid"], spec["gid"])
    os.fchmod(fd, spec["mode"])


def own_directory(path, spec):
    fd = open_directory(path)
    try:
        own(fd, spec)
    finally:
        os.close(fd)


def make_directory(path, mode):
    with parent(path) as (fd, name):
        os.mkdir(name, mode, dir_fd=fd)


def remove_directory(path):
    with parent(path) as (fd, name):
        os.rmdir(name, dir_fd=fd)


def make_link(target, path):
    with parent(path) as (fd, name):
        os.symlink(target, name, dir_fd=fd)


def second_name(path, other):
    """Gives a file or link a second name in its directory, where the file system knows such a thing."""
    with parent(path) as (fd, name):
        try:
            os.link(name, os.path.basename(other), src_dir_fd=fd, dst_dir_fd=fd, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS):
                raise


def rename(path, other):
    """Puts a path in the place of another one of its directory."""
    with parent(path) as (fd, name):
        os.rename(name, os.path.basename(other), src_dir_fd=fd, dst_dir_fd=fd)


def unlink(path):
    """Removes a file or link, if there is one."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), parent(path) as (fd, name):
        os.unlink(name, dir_fd=fd)


def sync(path):
    """Puts the names in a directory on disk."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        fd = open_directory(path)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
