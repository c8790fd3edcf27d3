/** Names and places of the foreign provider. */
import { FOREIGN_DOMAIN } from "../plan";

export const HOSTNAME = `mx.${FOREIGN_DOMAIN}`;
export const CERTIFICATE = "/etc/foreign/cert.pem";
export const KEY = "/etc/foreign/key.pem";
export const DKIM_KEY = "/etc/foreign/dkim.pem";
export const DKIM_SELECTOR = "s1";
