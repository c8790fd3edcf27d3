/** Trust in a private CA, beside the usual ones. */
import { readFileSync } from "node:fs";
import { globalAgent } from "node:https";
import { createSecureContext, rootCertificates } from "node:tls";
import { holdsPrivateKey } from "../../system/pem";

/**
 * Lets this process trust the certificates in a PEM file as well. The vendor's client takes neither an agent nor a CA, so
 * that the process's default agent is what can be told.
 */
export function trust(caFile: string): void {
  const extra = [process.env.NODE_EXTRA_CA_CERTS, caFile].filter((file) => file !== undefined && file !== "");
  try {
    const texts = extra.map((file) => readFileSync(file as string, "utf8"));
    if (holdsPrivateKey(texts.at(-1) ?? "")) throw new Error("a private key is in it");
    const ca = [...rootCertificates, ...texts];
    globalAgent.options.secureContext = createSecureContext({ ca });
  } catch (error) {
    throw Object.assign(new Error(`OVH: the CA file ${caFile} cannot be used: ${(error as Error).message}`), {
      hint: "ovh.caFile names a readable file of certificates in PEM form",
    });
  }
}
