/** Names and places of the foreign provider. */
import { FOREIGN_DOMAIN, STS_DOMAINS } from "../plan";

export const HOSTNAME = `mx.${FOREIGN_DOMAIN}`;
export const CERTIFICATE = "/etc/foreign/cert.pem";
export const KEY = "/etc/foreign/key.pem";
/** Certificate of the hosts with the policies of {@link STS_DOMAINS}. */
export const POLICY_CERTIFICATE = "/etc/foreign/policies.pem";
export const POLICY_KEY = "/etc/foreign/policies.key";
export const DKIM_KEY = "/etc/foreign/dkim.pem";
export const DKIM_SELECTOR = "s1";
/** Host of a domain's MTA-STS policy, RFC 8461 section 3.3. */
export const policyHost = (domain: string): string => `mta-sts.${domain}`;
export const POLICY_HOSTS = STS_DOMAINS.map(({ name }) => policyHost(name));
