#!/usr/bin/python3
# @OWNED@
"""Passes on what mailstores of other hosts teach, and nothing else: who may teach rspamd may change its settings, too.

Of a request only the path, one of two, and the message pass; the listener is systemd's.
"""

import http.client
import http.server
import socket

CONTROLLER = "@CONTROLLER@"
LARGEST = "@LARGEST@"
PATIENCE = 30


class Controller(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(CONTROLLER)


class Gate(http.server.BaseHTTPRequestHandler):
    timeout = PATIENCE

    def do_POST(self):
        size = self.headers.get("Content-Length", "")
        if self.path not in ("/learnspam", "/learnham"):
            self.send_error(403, "this host may teach, and nothing else")
        elif not (size.isascii() and size.isdecimal()):
            self.send_error(411)
        elif int(size) > LARGEST:
            self.send_error(413)
        else:
            self.teach(self.rfile.read(int(size)), int(size))

    def teach(self, message, size):
        if len(message) != size:
            return
        try:
            controller = Controller("rspamd")
            controller.request("POST", self.path, message, {"Content-Type": "message/rfc822"})
            answer = controller.getresponse()
            said = answer.read(65536)
        except (OSError, http.client.HTTPException) as error:
            self.send_error(502, f"rspamd does not answer: {type(error).__name__}")
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


def serve(listener):
    server = http.server.ThreadingHTTPServer(("::", 0), Gate, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.serve_forever()


if __name__ == "__main__":
    serve(socket.socket(fileno=3))
