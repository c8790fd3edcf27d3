/** The records of hosts, whatever their roles: addresses of hosts and of public names, and the reverse names. */
import type { Draft } from "../../roles/shared/records";
import { addressesOf, presentHosts, type SiteSpec } from "../../site";
import { publicNames } from "../names";
import type { ReverseName } from "../types";

/** A and AAAA of one name. */
function addressRecords(name: string, addresses: string[], why: string): Draft[] {
  const v4 = addresses.filter((address) => !address.includes(":"));
  const v6 = addresses.filter((address) => address.includes(":"));
  return [
    { name, type: "A", values: v4, why, rfc: "RFC 1035", level: "required" },
    { name, type: "AAAA", values: v6, why, rfc: "RFC 3596", level: "required" },
  ];
}

/** Addresses of all hosts, their additional ones, and those behind the public names. */
export function hostDrafts(site: SiteSpec): Draft[] {
  const alive = presentHosts(site);
  const own = new Set(alive.map((host) => host.hostname));
  return [
    ...alive.flatMap((host) => addressRecords(host.hostname, addressesOf([host]), `host ${host.name}`)),
    ...alive.flatMap((host) =>
      (host.ovh?.additionalIps ?? []).flatMap(({ address, name }) =>
        addressRecords(name, [address], `additional address of ${host.name}`),
      ),
    ),
    ...publicNames(site)
      .filter(({ name }) => !own.has(name))
      .flatMap(({ name, role, hosts }) => addressRecords(name, addressesOf(hosts), `service ${role}`)),
  ];
}

/** Reverse names of all addresses of hosts that are not lost, RFC 1912 §2.1. */
export function reverseNames(site: SiteSpec): ReverseName[] {
  return presentHosts(site).flatMap((host) => {
    const sends = host.roles.includes("relay");
    const own = addressesOf([host]);
    return [
      ...own.map((address) => ({ address, name: host.hostname })),
      ...(host.ovh?.additionalIps ?? []).map(({ address, name }) => ({ address, name })),
    ].map(
      ({ address, name }): ReverseName => ({
        address,
        name,
        host: host.name,
        why: sends ? "receivers refuse mail from addresses without a name" : "the address says whose it is",
        rfc: "RFC 1912 §2.1",
        level: sends ? "required" : "recommended",
      }),
    );
  });
}
