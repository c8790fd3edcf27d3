"""Running apply and remove in a session of their own, so that they end well without us."""
import fcntl
import json
import os
import signal

from agent.apply import apply
from agent.redact import Secrets
from agent.running import store_result
from agent.system import RUN, Refused, at, remove_quietly
from agent.systemd import Units


def detach(request, operation):
    """Runs apply or remove in a session of its own, so that it ends well without us. Returns a pipe of JSON lines."""
    role = request["role"] if "role" in request else request["manifest"]["role"]
    reader, writer = os.pipe()
    Units.forget()
    first = os.fork()
    if first:
        os.close(writer)
        os.waitpid(first, 0)
        return reader
    os.makedirs(at(RUN), mode=0o700, exist_ok=True)
    mark = os.open(at(f"{RUN}/new-{request['applyId']}"), os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    fcntl.flock(mark, fcntl.LOCK_EX)  # held until the grandchild ends, however it ends
    os.write(mark, role.encode())
    os.rename(at(f"{RUN}/new-{request['applyId']}"), at(f"{RUN}/apply-{request['applyId']}"))
    os.setsid()
    if os.fork():
        os._exit(0)
    nothing = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    secrets = Secrets(request.get("manifest", {}))

    def send(message):
        try:
            os.write(writer, json.dumps(message).encode() + b"\n")
        except OSError:
            pass  # nobody listens any more, or does not keep up

    def say(stage, message):
        os.set_blocking(writer, False)
        send({"progress": {"stage": stage, "message": secrets.redact(message)[:1000]}})

    try:
        outcome = {"result": operation(request, say)}
    except Refused as refused:
        outcome = {"error": refused.as_json()}
    except BaseException as error:
        import traceback
        outcome = {"error": {"kind": "AgentFailed", "message": f"{type(error).__name__}: {error}", "details": {"output": traceback.format_exc()[-3000:]}}}
    outcome = secrets.redact(outcome)
    try:
        if operation is apply:
            store_result(role, request["applyId"], outcome)  # until the client acknowledges it
    except OSError:
        pass
    remove_quietly(at(f"{RUN}/apply-{request['applyId']}"))
    os.set_blocking(writer, True)
    send(outcome)
    os._exit(0)
