/** What it takes to put one role on one host. */
import type * as pulumi from "@pulumi/pulumi";
import type { HostConnection } from "../../provider/manifest";
import type { HostSpec, SiteSpec } from "../../site";
import type { Accounts } from "../accounts";
import type { DkimRing } from "../identities";
import type { AcmeAccount, TlsKey } from "../resources/keys";
import type { SharedSecrets } from "../resources/secrets";

/** What all roles of a site draw upon. */
export interface SiteParts {
  site: SiteSpec;
  accounts: Accounts;
  /** Host name -> key of its certificates. */
  tls: Map<string, TlsKey>;
  dkim: DkimRing[];
  account?: AcmeAccount;
  /** CA behind the ACME directory, PEM. */
  caPem?: string;
  /** Secrets that two hosts share, made once. */
  shared: SharedSecrets;
}

/** Puts one role on one host. */
export type Place = (
  name: string,
  host: HostSpec,
  connection: pulumi.Input<HostConnection>,
  parts: SiteParts,
  opts: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;
