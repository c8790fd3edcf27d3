"""Taking the words of secret files out of what programs say of them."""
import re

SEPARATORS = r"[\s\"'=:;,{}()<>\[\]|]+"
SHORT, LONG = 3, 8  # a value counts from three letters on, another word from eight
PIECE = 8  # so many letters of a secret in a row are too many
MANY = 1 << 18  # letters of secrets up to which pieces are looked for


class Secrets:
    """Words that must not appear in any message: lines, fields of lines, and the values at their ends, whole or cut."""

    def __init__(self, manifest):
        words = set()
        for spec in manifest.get("secretFiles", {}).values():
            for line in spec["content"].splitlines():
                words |= words_of(line.strip())
        plain = "\n".join([*(spec["content"] for spec in manifest.get("files", {}).values()), *manifest.get("files", {}), *manifest.get("secretFiles", {})])
        self.words = sorted((word for word in words if word not in plain), key=len, reverse=True)
        # Not of whole lines: what stands between their secrets is no secret.
        long = [word for word in self.words if len(word) > PIECE and not re.search(r"\s", word)]
        few = sum(map(len, long)) <= MANY
        self.pieces = {word[i:i + PIECE] for word in long for i in range(len(word) - PIECE + 1)} if few else set()
        self.pieces = {piece for piece in self.pieces if piece not in plain}
        self.ends = {word[-k:] for word in long for k in range(4, PIECE)} | {word[-PIECE:] for word in long}
        self.starts = {word[:k] for word in long for k in range(4, PIECE)} | {word[:PIECE] for word in long}

    def redact(self, value):
        if isinstance(value, str):
            return self.redact_text(value)
        if isinstance(value, list):
            return [self.redact(item) for item in value]
        if isinstance(value, dict):
            return {key: self.redact(item) for key, item in value.items()}
        return value

    def redact_text(self, text):
        hidden = bytearray(len(text))
        for word in self.words:
            start = text.find(word)
            while start >= 0:
                # A short value in the middle of another word is that word's own: "pw" of "pwd" says nothing.
                if len(word) >= LONG or alone(text, start, start + len(word)):
                    hidden[start:start + len(word)] = b"\1" * len(word)
                start = text.find(word, start + 1)
        if self.pieces:
            for i in range(len(text) - PIECE + 1):
                if text[i:i + PIECE] in self.pieces:
                    hidden[i:i + PIECE] = b"\1" * PIECE
        # What a program said is cut to its end, maybe in the middle of a secret.
        for k in range(min(PIECE, len(text)), 3, -1):
            if text[:k] in self.ends:
                hidden[:k] = b"\1" * k
            if text[-k:] in self.starts:
                hidden[-k:] = b"\1" * k
        shown, last = [], 0
        for run in re.finditer(b"\1+", hidden):
            shown += [text[last:run.start()], "[secret]"]
            last = run.end()
        return "".join([*shown, text[last:]])


def words_of(line):
    """A line as a whole, its fields, and what stands between separators; values, at the ends, may be short."""
    fields = line.split()
    found = {line, *fields, *re.split(SEPARATORS, line)}
    values = set(fields[-1:]) | {re.split(SEPARATORS, field)[-1] for field in fields if re.search(SEPARATORS, field)}
    values |= {part for field in fields[-1:] for part in [field.rsplit(":", 1)[-1], field.split("=", 1)[-1]]}
    values |= {value.strip("\"'") for value in values}
    return {word for word in found if len(word) >= LONG} | {word for word in values if len(word) >= SHORT}


def alone(text, start, end):
    return not (start and text[start - 1].isalnum() and text[start].isalnum()) and not (end < len(text) and text[end].isalnum() and text[end - 1].isalnum())
