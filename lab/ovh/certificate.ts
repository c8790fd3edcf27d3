/** A CA and a certificate for the fake, made by openssl(1) in a directory. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { run } from "../../system/run";

export interface ServerCertificate {
  certificate: string;
  key: string;
  /** File of the CA that clients have to trust. */
  caFile: string;
}

const EC = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650".split(" ");

/** The certificate of the directory for these names and addresses; made when it is not there. */
export async function ensureCertificate(directory: string, names: string[]): Promise<ServerCertificate> {
  const at = (file: string): string => join(directory, file);
  if (!existsSync(at("api.pem"))) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    await run([...EC, "-subj", "/CN=Fake OVH CA", ...usage, "-keyout", at("ca.key"), "-out", at("ca.pem")]);
    const alternatives = names.map((name) => `${isIP(name) ? "IP" : "DNS"}:${name}`).join(",");
    await run([
      ...[...EC, "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-subj", `/CN=${names[0]}`],
      ...["-addext", `subjectAltName=${alternatives}`],
      ...["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"],
      ...["-keyout", at("api.key"), "-out", at("api.pem")],
    ]);
  }
  const read = (file: string): string => readFileSync(at(file), "utf8");
  return { certificate: read("api.pem"), key: read("api.key"), caFile: at("ca.pem") };
}
