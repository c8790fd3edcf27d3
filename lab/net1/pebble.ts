/** Pebble on net1: an ACME server, RFC 8555, whose issuing root is new at each of its starts. */
import { ACME_MANAGEMENT_PORT, ACME_PORT, RESOLVER } from "../plan";

/** Its configuration: http-01 and tls-alpn-01 are tried on the real ports. */
export const pebbleConfig = (): string =>
  `${JSON.stringify(
    {
      pebble: {
        listenAddress: `[::]:${ACME_PORT}`,
        managementListenAddress: `[::]:${ACME_MANAGEMENT_PORT}`,
        certificate: "/etc/pebble/cert.pem",
        privateKey: "/run/credentials/pebble.service/key.pem",
        httpPort: 80,
        tlsPort: 443,
        ocspResponderURL: "",
        externalAccountBindingRequired: false,
        retryAfter: { authz: 1, order: 1 },
      },
    },
    null,
    2,
  )}\n`;

/** Its unit; Debian's package brings none. */
export const pebbleUnit = (): string => `[Unit]
Description=ACME test server
After=unbound.service

[Service]
DynamicUser=yes
LoadCredential=key.pem:/etc/pebble/key.pem
# No waiting before a validation, and no nonces refused at random: tests are to be repeatable.
Environment=PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0
ExecStart=/usr/bin/pebble -config /etc/pebble/config.json -dnsserver ${RESOLVER.ipv4}:53
Restart=always
RestartSec=200ms

[Install]
WantedBy=multi-user.target
`;
