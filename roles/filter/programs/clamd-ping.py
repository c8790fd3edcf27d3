import socket
clamd = socket.socket(socket.AF_UNIX)
clamd.settimeout(60)
clamd.connect("@SOCKET@")
clamd.sendall(b"zPING\0")
assert clamd.recv(9) == b"PONG\0", "clamd does not answer PING"
