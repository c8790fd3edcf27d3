#!/usr/bin/python3
# @OWNED@
"""Moves mail to where storage.conf wants it; Dovecot is stopped for it, and started again by whoever runs this.

Before, a folder's messages lay in the folder's own directory, beside its subfolders: Maildir/Work/{cur,new,tmp}. Now
they lie in Maildir/folders/Work/.messages, and those of INBOX in Maildir/inbox. Messages, their UIDs, flags and
subscriptions are kept; indexes are made anew. It can be interrupted and run again at any time, and does nothing where
nothing is left to do. No message is ever deleted or written over. Root begins it and the mail's owner does it, so that
links lead nobody astray.
"""
import os
import pwd
import shutil
import subprocess

# In this order: a folder that still has its `cur` is not moved yet.
MESSAGES = ("tmp", "new", "cur")
# What gives messages their UIDs and keywords; the rest of the index is made from mail.
CONTROL = ("dovecot-uidlist", "dovecot-keywords")
INDEXES = ("dovecot.index", "maildirfolder", "maildirsize", *CONTROL)


def directories(path):
    """Names of the directories in a path; links are none."""
    with os.scandir(path) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))


def is_directory(path):
    return os.path.isdir(path) and not os.path.islink(path)


def has_messages(path):
    """Messages lie in `cur` itself; a folder that is called "cur" has directories in it."""
    return is_directory(f"{path}/cur") and not directories(f"{path}/cur")


def folders(maildir, below=""):
    """Folders whose messages lie in the old way, as paths below Maildir; the first is "" for INBOX. Deepest last."""
    here = f"{maildir}{below}"
    old = has_messages(here)
    if old:
        yield below
    no_folders = (".messages", "fts-flatcurve", *(MESSAGES if old else ()), *([] if below else ["inbox"]))
    for name in directories(here):
        if name not in no_folders:
            yield from folders(maildir, f"{below}/{name}")


def move_messages(source, target):
    """A directory of messages; message by message where the target has some already."""
    if not os.path.lexists(target):
        os.rename(source, target)
        return
    for name in os.listdir(source):
        if not os.path.lexists(f"{target}/{name}"):
            os.rename(f"{source}/{name}", f"{target}/{name}")
    if not os.listdir(source):
        os.rmdir(source)


def move_folder(source, target):
    """The messages of one folder, and what numbers them; indexes go."""
    os.makedirs(target, mode=0o700, exist_ok=True)
    for name in CONTROL:
        if os.path.isfile(f"{source}/{name}") and not os.path.lexists(f"{target}/{name}"):
            os.rename(f"{source}/{name}", f"{target}/{name}")
    for name in MESSAGES:
        if is_directory(f"{source}/{name}"):
            move_messages(f"{source}/{name}", f"{target}/{name}")
        os.makedirs(f"{target}/{name}", mode=0o700, exist_ok=True)
    shutil.rmtree(f"{source}/fts-flatcurve", ignore_errors=True)
    for name in os.listdir(source):
        if name.startswith(INDEXES) and not is_directory(f"{source}/{name}"):
            os.unlink(f"{source}/{name}")


def move_account(maildir):
    """All folders of one account. Returns directories that are left because something else is in them."""
    left = []
    # From the end, so that a directory is empty when its subfolders are gone.
    for below in reversed(list(folders(maildir))):
        move_folder(f"{maildir}{below}", f"{maildir}/folders{below}/.messages" if below else f"{maildir}/inbox")
        if below and not os.listdir(f"{maildir}{below}"):
            os.removedirs(f"{maildir}{below}")
        elif below and not directories(f"{maildir}{below}"):
            left.append(f"{maildir}{below}")
    return left


def due(root):
    """Maildirs of the accounts that have mail in the old way."""
    homes = [f"{root}/{domain}/{name}" for domain in directories(root) for name in directories(f"{root}/{domain}")]
    maildirs = [f"{home}/Maildir" for home in homes if is_directory(f"{home}/Maildir")]
    return [maildir for maildir in maildirs if any(True for _ in folders(maildir))]


def main():
    maildirs = due("@MAIL@")
    if not maildirs:
        return
    # A configuration that Dovecot refuses would be undone after the move.
    subprocess.run(["doveconf", "-n"], stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["systemctl", "stop", "dovecot.service"], check=True)
    owner = pwd.getpwnam("@USER@")
    os.setgroups([])
    os.setgid(owner.pw_gid)
    os.setuid(owner.pw_uid)
    left = [path for maildir in maildirs for path in move_account(maildir)]
    print(f"{len(maildirs)} accounts have their folders in Maildir/folders and Maildir/inbox now")
    for path in left:
        print(f"{path} holds something that is no mail of a folder; nothing of it was deleted, look at it")


if __name__ == "__main__":
    main()
