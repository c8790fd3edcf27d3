/** services.conf: listeners, limits, metrics. */
import { owned, PORTS } from "../shared/paths";
import { type MailstoreSettings, METRICS_PORT, PROGRAM_DIRECTORY, VMAIL } from "./args";

const POP3 = (connections: number) => `
service pop3-login {
  process_limit = ${connections}
  inet_listener pop3 {
    port = 0
  }
  inet_listener pop3s {
    port = 995
    ssl = yes
  }
}
service pop3 {
  process_limit = ${connections}
}
`;

/** Who listens where, and how much of it. */
export function servicesConf(s: MailstoreSettings): string {
  const helpers = s.connections * (s.pop3 ? 2 : 1) + 1000;
  return `${owned("mailstore")}
# IMAP with TLS from the first byte (RFC 8314), on 993 alone: on 143 an attacker in the way can strip STARTTLS. A login
# process serves one connection, so that a hole in TLS shows nobody else's session.
service imap-login {
  process_limit = ${s.connections}
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = 993
    ssl = yes
  }
}
service imap {
  process_limit = ${s.connections}
}
${s.pop3 ? POP3(s.connections) : ""}
# ManageSieve knows STARTTLS only (RFC 5804); ssl = required makes it a must.
service managesieve-login {
  inet_listener sieve {
    port = 4190
  }
}

# Delivery from the relays; nftables keeps everybody else out. Dovecot's default of 100 processes drops connections when
# several relays empty their queues; 20 connections a relay stay far below this.
service lmtp {
  process_limit = 200
  inet_listener lmtp {
    port = ${PORTS.lmtp}
  }
}

# Each login process holds a connection to these two; Dovecot warns when they may run out.
service anvil {
  client_limit = ${helpers}
}
service auth {
  client_limit = ${helpers}
  # Passwords for the submission hosts' SASL; nftables keeps everybody else out.
  inet_listener sasl {
    port = ${PORTS.sasl}
  }
  # Lookups by delivery and notices.
  unix_listener auth-userdb {
    mode = 0660
    user = ${VMAIL.name}
  }
}

service quota-warning {
  executable = script ${PROGRAM_DIRECTORY}/quota-warning
  user = ${VMAIL.name}
  unix_listener quota-warning {
    mode = 0600
    user = ${VMAIL.name}
  }
}

# OpenMetrics at http://127.0.0.1:${METRICS_PORT}/metrics.
service stats {
  inet_listener http {
    listen = 127.0.0.1
    port = ${METRICS_PORT}
  }
}
metric auth_success {
  filter = event=auth_request_finished AND success=yes
}
metric auth_failure {
  filter = event=auth_request_finished AND NOT success=yes
}
metric imap_command {
  filter = event=imap_command_finished
  group_by cmd_name {
    method discrete {
    }
  }
  group_by tagged_reply_state {
    method discrete {
    }
  }
}
metric lmtp_command {
  filter = event=smtp_server_command_finished AND protocol=lmtp
  group_by cmd_name {
    method discrete {
    }
  }
  group_by status_code {
    method discrete {
    }
  }
}
metric mail_delivery {
  filter = event=mail_delivery_finished
}
`;
}
