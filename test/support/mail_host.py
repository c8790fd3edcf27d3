"""What a test does on a host of mail-host.ts: start its daemons, and speak to them as mail programs do."""
import base64
import imaplib
import json
import os
import poplib
import smtplib
import socket
import ssl
import subprocess
import time

TLS = ssl._create_unverified_context()
PATIENCE = 30
LOG = "/tmp/dovecot.log"


def run(*argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, **more)


def read(path):
    with open(path) as file:
        return file.read()


def write(path, text):
    """As the agent does it: the new file takes the place of the old one, with its owners."""
    with open(f"{path}.new", "w") as file:
        file.write(text)
    run("chown", "--reference", path, f"{path}.new")
    run("chmod", "--reference", path, f"{path}.new")
    os.rename(f"{path}.new", path)


def reachable(port, seconds=10):
    for _ in range(seconds * 10):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


# Tests fail on purpose, and do not wait for it.
# No judge stands beside it: each login would wait for its answer.
QUICK = ("auth_failure_delay=0", "auth_policy_server_url=", "service/anvil/unix_listener/anvil-auth-penalty/mode=0")


def dovecot(*settings):
    argv = [part for setting in (f"log_path={LOG}", *QUICK, *settings) for part in ("-o", setting)]
    process = subprocess.Popen(["dovecot", "-F", *argv])
    reachable(993)
    return process


def postfix(*roles):
    for role in roles:
        directory = f"/etc/postfix-{role}"
        run("postconf", "-c", directory, "-e", f"maillog_file=/var/log/mail-{role}", "smtpd_milters=")
        run("postfix", "-c", directory, "check")
        run("postfix", "-c", directory, "start")


def word(text):
    return text.decode().strip() if isinstance(text, bytes) else str(text)


def imap_session(user, password):
    session = imaplib.IMAP4_SSL("127.0.0.1", 993, ssl_context=TLS, timeout=PATIENCE)
    session.login(user, password)
    return session


def imap(user, password):
    try:
        imap_session(user, password).logout()
        return "OK"
    except imaplib.IMAP4.error as error:
        return "NO " + word(error.args[0])
    except OSError as error:
        return type(error).__name__


def pop3(user, password):
    try:
        session = poplib.POP3_SSL("127.0.0.1", 995, context=TLS, timeout=PATIENCE)
        session.user(user)
        return word(session.pass_(password))
    except poplib.error_proto as error:
        return word(error.args[0])
    except OSError as error:
        return type(error).__name__


def plain(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


def sieve(user, password):
    def answer(lines):
        while not (line := lines.readline()).startswith((b"OK", b"NO", b"BYE")):
            if not line:
                raise ConnectionError
        return word(line)

    try:
        connection = socket.create_connection(("127.0.0.1", 4190), PATIENCE)
        lines = connection.makefile("rb")
        answer(lines)
        connection.sendall(b"STARTTLS\r\n")
        answer(lines)
        connection = TLS.wrap_socket(connection)
        lines = connection.makefile("rb")
        answer(lines)
        connection.sendall(f'AUTHENTICATE "PLAIN" "{plain(user, password)}"\r\n'.encode())
        return answer(lines)
    except OSError as error:
        return type(error).__name__


def smtp_session(user, password):
    session = smtplib.SMTP_SSL("127.0.0.1", 465, context=TLS, timeout=PATIENCE)
    session.ehlo("client.example")
    code, text = session.docmd("AUTH", "PLAIN " + plain(user, password))
    return session, f"{code} {word(text)}"


def smtp(user, password):
    try:
        return smtp_session(user, password)[1]
    except (OSError, smtplib.SMTPException) as error:
        return type(error).__name__


def lmtp(recipient, message=None, sender="stranger@example.net"):
    """What LMTP says to the recipient, or of the message."""
    try:
        connection = socket.create_connection(("127.0.0.1", 24), PATIENCE)
        lines = connection.makefile("rb")
        lines.readline()
        connection.sendall(b"LHLO relay.example\r\n")
        while lines.readline()[3:4] == b"-":
            pass
        connection.sendall(f"MAIL FROM:<{sender}>\r\n".encode())
        lines.readline()
        connection.sendall(f"RCPT TO:<{recipient}>\r\n".encode())
        said = lines.readline()
        if message is None or not said.startswith(b"250"):
            return word(said)
        connection.sendall(b"DATA\r\n")
        lines.readline()
        connection.sendall(message.replace("\n", "\r\n").encode() + b"\r\n.\r\n")
        return word(lines.readline())
    except OSError as error:
        return type(error).__name__


def everywhere(user, password):
    return {
        "imap": imap(user, password),
        "pop3": pop3(user, password),
        "sieve": sieve(user, password),
        "smtp": smtp(user, password),
    }


def told(result):
    print(json.dumps(result))
