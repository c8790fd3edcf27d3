/** Secrets of a site that more than one host needs. */
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { TlsKey } from "./keys";

/** Secrets by name, each made when it is first asked for and then the same for everybody. */
export class SharedSecrets {
  private readonly made = new Map<string, random.RandomPassword>();
  private readonly keys = new Map<string, TlsKey>();

  constructor(private readonly opts: pulumi.CustomResourceOptions) {}

  password(name: string): pulumi.Output<string> {
    const password = this.made.get(name) ?? new random.RandomPassword(name, { length: 40, special: false }, this.opts);
    this.made.set(name, password);
    return password.result;
  }

  key(name: string, algorithm: "p256" | "ed25519"): pulumi.Output<string> {
    const key = this.keys.get(name) ?? new TlsKey(name, { algorithm }, this.opts);
    this.keys.set(name, key);
    return key.privateKeyPem;
  }
}
