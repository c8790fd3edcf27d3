/** What a name server is told. */

/** What a name server wants to know. */
export interface NameserverArgs {
  /**
   * Addresses of this host to answer on, UDP and TCP port 53.
   * @example ["203.0.113.11", "2001:db8::11"]
   */
  addresses: string[];
  /**
   * The zones: name, and master file with `@SERIAL@` in the place of the serial.
   * @example [{ name: "example.org", text: "$ORIGIN example.org.\n@ IN SOA …" }]
   */
  zones: { name: string; text: string }[];
  /**
   * Sign the zones (ECDSA P-256, NSEC) and publish CDS and CDNSKEY, RFC 8078.
   * @default true
   * @example false
   */
  dnssec?: boolean;
  /**
   * Addresses of servers that may fetch whole zones (AXFR), RFC 5936.
   * @default [] nobody
   * @example ["203.0.113.53"]
   */
  secondaries?: string[];
}
