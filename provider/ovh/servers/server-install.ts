/**
 * `postfleet:ovh:ServerInstall`: a dedicated server with the operating system, the partitions, the operator's key and the
 * host key that are declared. POST /dedicated/server/{service}/reinstall, GET …/task, …/install.
 */
import type { CheckFailure, Reporter } from "../../handler";
import { until } from "../../polling";
import { UNKNOWN } from "../../values";
import { type OvhApi, orMissing, path } from "../api";
import { namedAddress } from "../ip/addresses";
import { refused } from "../refused";
import type { Partition } from "./contract";
import { hostKeyScript } from "./host-key-script";
import { authorizedKeyProblem, fingerprintOf, publicLine } from "./key-lines";
import type { Kind, Wanted } from "./kind";
import { nearest } from "./nearest";
import { partitionProblems } from "./partitions";
import type { Parts } from "./parts";
import { serverTasks } from "./settle";

const HOSTNAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** The public line of the declared host key; undefined when there is none. */
function ownKey({ hostKey }: Pick<Wanted, "hostKey">): string | undefined {
  if (hostKey === undefined) return undefined;
  if (hostKey === UNKNOWN) return UNKNOWN;
  const line = publicLine(hostKey);
  if (line instanceof Error) throw line;
  return line;
}

function check(news: Wanted): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const wanted = (property: keyof Wanted, problem: (value: unknown) => string | undefined, needed: boolean) => {
    const value = news[property];
    if (value === UNKNOWN) return;
    const reason = value === undefined ? (needed ? "is missing" : undefined) : problem(value);
    if (reason) failures.push({ property, reason });
  };
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? undefined : "a text is wanted");
  const erases = news.reinstall !== undefined;
  wanted("service", text, true);
  wanted("image", text, true);
  wanted(
    "hostname",
    (value) =>
      HOSTNAME.test(String(value)) ? undefined : `is ${JSON.stringify(value)}; a host name is wanted, RFC 1123`,
    erases,
  );
  wanted("sshKey", (value) => problemOf("no public SSH key", authorizedKeyProblem(String(value))), erases);
  wanted(
    "hostKey",
    (value) => {
      const line = publicLine(String(value));
      if (line instanceof Error) return problemOf("no unencrypted private key", line.message);
      return line.startsWith("ssh-ed25519 ") ? undefined : "an Ed25519 key is wanted (postfleet:ssh:HostKey makes one)";
    },
    erases,
  );
  if (news.partitions !== undefined) failures.push(...partitionProblems(news.partitions));
  return failures;
}

const problemOf = (what: string, why: string | undefined): string | undefined => why && `${what}: ${why}`;

/** The body of the call. The script goes as base64, which survives every encoding on its way. */
function reinstallation(news: Wanted): object {
  const script = hostKeyScript(String(news.hostKey), String(ownKey(news)));
  const layout = (news.partitions as Partition[] | undefined)?.map(({ mount, size, fs, raid }) => ({
    fileSystem: fs,
    mountPoint: mount,
    size,
    ...(raid === undefined ? {} : { raidLevel: raid }),
  }));
  return {
    operatingSystem: news.image,
    customizations: {
      hostname: news.hostname,
      sshKey: news.sshKey,
      postInstallationScript: Buffer.from(script).toString("base64"),
    },
    ...(layout ? { storage: [{ partitioning: { layout } }] } : {}),
  };
}

/** What is known of dedicated servers. */
export function dedicatedServers(parts: Parts): Kind {
  const showsOwn = async (news: Wanted, address: string) => {
    const own = ownKey(news);
    return own !== undefined && own !== UNKNOWN && (await parts.shownKey(address)) === own;
  };
  return {
    noun: "dedicated server",
    token: "reinstall",
    list: "/dedicated/server",
    wishes: ["image", "hostname", "sshKey", "partitions", "hostKey"],
    check,
    remembered: (name, value) => (name === "hostKey" ? (ownKey({ hostKey: String(value) }) ?? null) : value),
    facts: async (api, service) => {
      const server = await orMissing(
        api.get<{ ip?: string | null; os?: string | null }>(path`/dedicated/server/${service}`),
      );
      if (!server) return undefined;
      return {
        address: server.ip ? namedAddress(service, server.ip) : "",
        image: !server.os || /^none/.test(server.os) ? undefined : server.os,
      };
    },
    checkImage: async (api, service, image) => {
      const at = path`/dedicated/server/${service}/install/compatibleTemplates`;
      const { ovh, personal } = await api.get<{ ovh?: string[] | null; personal?: string[] | null }>(at);
      const images = [...(ovh ?? []), ...(personal ?? [])];
      if (!images.includes(image)) throw noImage(service, image, images);
    },
    machine: (api, news) => ({
      ...serverTasks(news.service),
      service: news.service,
      property: "reinstall",
      query: { function: "reinstallServer" },
      start: () => api.post(path`/dedicated/server/${news.service}/reinstall`, reinstallation(news)),
    }),
    detail: installStep,
    keysAhead: (news) => [ownKey(news) ?? UNKNOWN],
    keysAsIs: async (news, address, report) => {
      if (await showsOwn(news, address)) return [String(ownKey(news))];
      if (news.hostKey !== undefined) {
        report.warn(
          `${news.service}: it does not show the host key made for it, which it gets at the next installation; until then pin its own`,
        );
      }
      return [];
    },
    keysAfter: async (news, address, report) => [await ownKeyShown(parts, news, address, report)],
    isOurs: showsOwn,
  };
}

/** An error that lists the images that are most alike. */
export function noImage(service: string, image: string, images: string[]): Error {
  const like = nearest(image, images);
  return refused(
    `image: "${image}" cannot be installed on ${service}`,
    `the nearest are ${(like.length > 0 ? like : images.slice(0, 5)).map((name) => `"${name}"`).join(", ")}`,
  );
}

/** What OVH's installer is at. */
async function installStep(api: OvhApi, service: string): Promise<string | undefined> {
  const at = path`/dedicated/server/${service}/install/status`;
  const found = await orMissing(api.get<{ progress?: { comment: string; status: string }[] }>(at)).catch(
    () => undefined,
  );
  return found?.progress?.find(({ status }) => status === "doing")?.comment;
}

/** Waits until the server shows exactly the key that it was given. */
async function ownKeyShown(parts: Parts, news: Wanted, address: string, report: Reporter): Promise<string> {
  const own = String(ownKey(news));
  let last: string | undefined;
  const right = await until(async () => {
    report.progress(`${news.service}: installed; waiting until it answers at ${address} with its host key`);
    last = (await parts.shownKey(address)) ?? last;
    return last === own ? own : undefined;
  }, parts.times.answer);
  if (right) return right;
  const now = new Date().toISOString().slice(0, 16);
  throw refused(
    last
      ? `${news.service} is installed, but at ${address} it shows the host key ${fingerprintOf(last)} and not its own, ${fingerprintOf(own)}: it was not spoken to`
      : `${news.service} is installed, but SSH does not answer at ${address}`,
    `look at its console (IPMI), and whether the post-installation script ran; to erase and install it again set reinstall: "${now}"`,
  );
}
