/**
 * `postfleet:ovh:VpsRebuild`: a VPS with the image and the operator's key that are declared. POST /vps/{service}/rebuild.
 *
 * OVH lets nobody give a VPS its host key. The key that it shows first after a rebuild can only be believed, and that only
 * where the program says so.
 */
import { isIPv4, isIPv6 } from "node:net";
import type { CheckFailure } from "../../handler";
import { until } from "../../polling";
import { UNKNOWN } from "../../values";
import { type OvhApi, orMissing, path } from "../api";
import { namedAddress } from "../ip/addresses";
import { refused } from "../refused";
import { authorizedKeyProblem, fingerprintOf } from "./key-lines";
import type { Kind, Wanted } from "./kind";
import type { Parts } from "./parts";
import { noImage } from "./server-install";

const TRUST_HINT =
  "a VPS gets a host key that nobody knows ahead: set trustFirstContact: true to believe the key that answers first, and compare its fingerprint on the console (KVM) afterwards; or rebuild it by hand and pin its key in hosts.<host>.hostKeys";

function check(news: Wanted): CheckFailure[] {
  const failures: CheckFailure[] = [];
  for (const property of ["service", "image"] as const) {
    if (typeof news[property] !== "string" || news[property] === "") {
      failures.push({ property, reason: `is ${JSON.stringify(news[property])}; a text is wanted` });
    }
  }
  const { sshKey, rebuild, trustFirstContact } = news;
  if (sshKey === undefined && rebuild !== undefined) failures.push({ property: "sshKey", reason: "is missing" });
  const problem = typeof sshKey === "string" && sshKey !== UNKNOWN ? authorizedKeyProblem(sshKey) : undefined;
  if (problem) failures.push({ property: "sshKey", reason: `no public SSH key: ${problem}` });
  if (rebuild !== undefined && trustFirstContact !== true && trustFirstContact !== UNKNOWN) {
    failures.push({ property: "trustFirstContact", reason: `rebuild is set, but ${TRUST_HINT}` });
  }
  return failures;
}

/** Images of a VPS: name -> id. */
async function imagesOf(api: OvhApi, service: string): Promise<Map<string, string>> {
  const ids = await api.get<string[]>(path`/vps/${service}/images/available`);
  const images = await Promise.all(
    ids.map((id) => api.get<{ id: string; name: string }>(path`/vps/${service}/images/available/${id}`)),
  );
  return new Map(images.map(({ id, name }) => [name, id]));
}

/** What is known of VPS. */
export function virtualServers(parts: Parts): Kind {
  return {
    noun: "VPS",
    token: "rebuild",
    list: "/vps",
    wishes: ["image", "sshKey"],
    check,
    remembered: (_name, value) => value,
    facts: async (api, service) => {
      const found = await orMissing(api.get<object>(path`/vps/${service}`));
      if (!found) return undefined;
      const [ips, image] = await Promise.all([
        api.get<string[] | null>(path`/vps/${service}/ips`),
        orMissing(api.get<{ name: string }>(path`/vps/${service}/images/current`)),
      ]);
      const address = ips?.find(isIPv4) ?? ips?.find(isIPv6);
      return { address: address ? namedAddress(service, address) : "", image: image?.name || undefined };
    },
    checkImage: async (api, service, image) => {
      const images = await imagesOf(api, service);
      if (!images.has(image)) throw noImage(service, image, [...images.keys()]);
    },
    machine: (api, news) => {
      const service = news.service;
      return {
        what: service,
        service,
        property: "rebuild",
        tasks: path`/vps/${service}/tasks`,
        openTasks: ["todo", "doing"].map((state) => ({ state })),
        vanishes: false,
        query: { type: "reinstallVm" },
        start: async () => {
          const images = await imagesOf(api, service);
          const imageId = images.get(news.image);
          // It was there in the preview; without one it is not known what OVH would install.
          if (!imageId) throw noImage(service, news.image, [...images.keys()]);
          const body = { imageId, publicSshKey: news.sshKey, doNotSendPassword: true };
          return api.post(path`/vps/${service}/rebuild`, body);
        },
      };
    },
    keysAhead: () => UNKNOWN,
    keysAsIs: async (news, address, report) => {
      if (news.trustFirstContact !== true) {
        report.info(`${news.service}: its host key is not known here; pin it in hosts.<host>.hostKeys`);
        return [];
      }
      const shown = await parts.shownKey(address);
      if (!shown) throw silent(news, address);
      report.warn(believed(news, shown));
      return [shown];
    },
    keysAfter: async (news, address, report) => {
      const shown = await until(async () => {
        report.progress(`${news.service}: waiting until it runs and SSH answers at ${address}`);
        const { state } = await parts.api().get<{ state: string }>(path`/vps/${news.service}`);
        return state === "running" ? parts.shownKey(address) : undefined;
      }, parts.times.answer);
      if (!shown) throw silent(news, address);
      report.warn(believed(news, shown));
      return [shown];
    },
    isOurs: async () => false,
  };
}

const silent = (news: Wanted, address: string): Error =>
  refused(`${news.service}: SSH does not answer at ${address}`, "look at its console (KVM) in OVH's control panel");

const believed = (news: Wanted, line: string): string =>
  `${news.service}: the host key ${fingerprintOf(line)} is BELIEVED ON FIRST CONTACT and pinned from now on: compare it on the console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub)`;
