import socket, struct
milter = socket.create_connection(("@ADDRESS@", "@PORT@"), 60)
# The first packet of the protocol, SMFIC_OPTNEG: length, letter, version 6, no actions, no steps left out.
milter.sendall(struct.pack(">IcIII", 13, b"O", 6, 0, 0))
assert milter.recv(5)[4:] == b"O", "rspamd does not answer the milter protocol"
