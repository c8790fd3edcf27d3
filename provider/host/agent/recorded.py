"""recorded: a role as this host knows it, for a client that has no manifest of it (`pulumi import`)."""
from agent.claims import read_records
from agent.facts import file_state
from agent.observe import settle
from agent.system import Refused


def recorded(request):
    """The manifest that was applied last, with the contents that its files have now; contents of secret files stay here."""
    role = request["role"]
    settle(role)
    records = read_records()
    if role not in records:
        raise Refused("NotRecorded", "it is not applied on this host; applied are " + (", ".join(sorted(records)) or "none"), roles=sorted(records))
    record = records[role]
    secret = record.get("secret", [*record["files"]])  # where nothing is noted, everything may be secret
    kinds = {"files": {}, "secretFiles": {}}
    for path, spec in record["files"].items():
        content = None if path in secret else text_of(path)
        unseen = f"(content of SHA-256 {spec['sha256']})"
        kinds["secretFiles" if path in secret else "files"][path] = {
            "content": unseen if content is None else content, **{key: spec[key] for key in ("mode", "owner", "group")}}
    plain = {key: value for key, value in record.items() if key not in ("files", "secret", "made", "sysctlBefore")}
    return {"validate": [], "health": [], **plain, **kinds}


def text_of(path):
    """The content of a file that can be shown."""
    data = file_state(path).get("data")
    try:
        return None if data is None else data.decode()
    except UnicodeDecodeError:
        return None
