"""Daemons of a mail host and their clients, for the programs of real.test.ts. Logs go to standard error at the end."""

import base64
import imaplib
import json
import os
import smtplib
import socket
import ssl
import subprocess
import time

# What programs print is for people; the answer alone goes to standard output.
ANSWER = os.dup(1)
os.dup2(2, 1)
PROCESSES = []
ANY = ssl._create_unverified_context()


def tell(answer):
    os.write(ANSWER, json.dumps(answer).encode())


def start(*argv, **options):
    process = subprocess.Popen(argv, **options)
    PROCESSES.append(process)
    return process


def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"{what}: not within {seconds} s")


def listening(port, address="127.0.0.1"):
    with socket.create_connection((address, port), 1):
        return True


def dovecot():
    os.makedirs("/run/dovecot", exist_ok=True)
    process = start("dovecot", "-F")
    until(lambda: listening(12345), "Dovecot's SASL")
    until(lambda: listening(993), "Dovecot's IMAP")
    return process


def postfix():
    os.environ["MAIL_CONFIG"] = "/etc/postfix-submission"
    for path, user in (("/var/spool/postfix-submission", "root"), ("/var/lib/postfix-submission", "postfix")):
        subprocess.run(["install", "-d", "-o", user, "-g", user, path], check=True)
    subprocess.run(["postfix", "check"], check=True)
    subprocess.run(["postfix", "start"], check=True)
    until(lambda: listening(465), "Postfix")


def timed(act):
    begun = time.monotonic()
    answer = act()
    return answer, round(time.monotonic() - begun, 2)


def submit(user, password, address="192.0.2.100", before=lambda: None):
    """Logs in on 465; the code, the words, and the seconds that it took; the code 0 where it was cut. `before` is done
    when it said hello."""
    here = {"local_hostname": "client.example", "source_address": (address, 0)}

    def act():
        return client.docmd("AUTH PLAIN", encoded(user, password))

    try:
        client = smtplib.SMTP_SSL("127.0.0.1", 465, context=ANY, timeout=30, **here)
        client.ehlo()
        before()
        (code, words), seconds = timed(act)
        client.close()
    except (OSError, smtplib.SMTPException) as error:
        return 0, str(error), 0
    return code, words.decode(), seconds


def encoded(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


class Imap(imaplib.IMAP4_SSL):
    def __init__(self, address, to="127.0.0.1", port=993, timeout=30):
        self.source = address
        super().__init__(to, port, ssl_context=ANY, timeout=timeout)

    def _create_socket(self, timeout):
        plain = socket.create_connection((self.host, self.port), timeout, (self.source, 0))
        return self.ssl_context.wrap_socket(plain, server_hostname=self.host)


def imap(user, password, address="192.0.2.100"):
    """Logs in on 993: OK, or what it said; and the seconds."""

    def act():
        try:
            client = Imap(address)
        except OSError as error:
            return f"no connection: {error}"
        try:
            return client.login(user, password)[0]
        except (imaplib.IMAP4.error, OSError) as error:
            return str(error)
        finally:
            client.shutdown()

    return timed(act)


def prepared():
    """Users and directories, as the manifests want them."""
    script = """
groupadd -g 5000 vmail; useradd -u 5000 -g 5000 vmail
groupadd -g 5001 postfleet-bans; useradd -u 5001 -g 5001 postfleet-bans; useradd postfleet-judge
install -d -o vmail -g vmail /var/vmail /var/cache/dovecot-sieve
install -d -o postfleet-judge -m 0700 /var/lib/postfleet-judge /run/postfleet-judge
chgrp dovecot /etc/dovecot/postfleet-users && chmod 0640 /etc/dovecot/postfleet-users
"""
    subprocess.run(["sh", "-ec", script], check=True)


def judge():
    user = ("setpriv", "--reuid=postfleet-judge", "--clear-groups")
    process = start(*user, "/usr/local/lib/postfleet/judge/judge-daemon")
    until(lambda: listening(12346), "the judge")
    return process


def enforcer():
    """With no right but that of its unit."""
    process = start(
        *("setpriv", "--reuid=5001", "--regid=5001", "--clear-groups", "--no-new-privs"),
        *("--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin", "--bounding-set=-all,+net_admin"),
        "/usr/local/lib/postfleet/bans-enforce",
    )
    until(lambda: "banned4" in sh("nft list ruleset"), "the table")
    return process


def sh(command):
    return subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True).stdout


def banned(version=4):
    """What the kernel has."""
    listed = json.loads(sh(f"nft -j list set inet postfleet_bans banned{version}"))["nftables"]
    return [each["elem"]["val"] for one in listed if "set" in one for each in one["set"].get("elem", [])]


def end(process):
    process.terminate()
    process.wait()


def seconds_of(name):
    """Processor time of the processes whose name begins so."""
    ticks = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                words = file.read()
        except OSError:  # it ended meanwhile
            continue
        if words.split("(")[1].startswith(name):
            ticks += sum(map(int, words.rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")
