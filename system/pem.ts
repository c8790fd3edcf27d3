/** Text in PEM form, RFC 7468. */

/** Whether a private key of any kind is in a text: PKCS #8, encrypted or not, of OpenSSL's own forms, OpenSSH's, PGP's. */
export function holdsPrivateKey(text: string): boolean {
  return /-----\s*BEGIN [A-Z0-9 ]*PRIVATE KEY/i.test(text);
}
