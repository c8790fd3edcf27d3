/** The user of a container: it may use this container and nothing else, by S3 credentials. */
import { createHash } from "node:crypto";
import type { Reporter } from "../../handler";
import { type Polling, until } from "../../polling";
import { type OvhApi, orMissing, path } from "../api";
import { refused } from "../refused";

const ROLE = "objectstore_operator";

/**
 * What restic and its like need. Old versions can be neither deleted nor changed: with versioning, whoever has stolen the
 * credentials can hide objects, not destroy them.
 */
const ACTIONS = [
  ...["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"],
  ...["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
];

export interface CloudUser {
  id: number | string;
  username: string;
  description: string;
  status: string;
}

export interface Credential {
  access: string;
  secret?: string;
}

/** The policy that lets a user use one container. */
export function policyFor(container: string): string {
  const arn = `arn:aws:s3:::${container}`;
  const statement = { Sid: "PostfleetContainer", Effect: "Allow", Action: ACTIONS, Resource: [arn, `${arn}/*`] };
  return JSON.stringify({ Statement: [statement] });
}

/** A policy in a form in which two can be compared: the order of keys and lists does not matter. */
export function comparablePolicy(text: string): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, sorted(inner)]),
    );
  };
  try {
    return JSON.stringify(sorted(JSON.parse(text)));
  } catch {
    return createHash("sha256").update(text).digest("hex");
  }
}

export class ObjectUsers {
  constructor(
    private readonly api: OvhApi,
    private readonly project: string,
    private readonly polling: Polling,
  ) {}

  /** By its description, which is the only thing about a user that we choose. */
  async find(description: string): Promise<CloudUser | undefined> {
    return (await this.all()).find((user) => user.description === description);
  }

  /** The user of a container that is taken over: the one of that description, else one with the rights of this container alone. */
  async ofContainer(container: string, description: string): Promise<CloudUser | undefined> {
    const users = await this.all();
    const named = users.find((user) => user.description === description);
    if (named) return named;
    for (const user of users) {
      if (comparablePolicy(await this.policy(user.id)) === comparablePolicy(policyFor(container))) return user;
    }
    return undefined;
  }

  private async all(): Promise<CloudUser[]> {
    const users = await this.api.get<CloudUser[]>(path`/cloud/project/${this.project}/user`);
    return users.filter(({ status }) => status !== "deleting" && status !== "deleted");
  }

  /** The user of that description, made where there is none; a run that was interrupted left one behind. */
  async ensure(description: string, report: Reporter): Promise<CloudUser> {
    const { api, project } = this;
    const found =
      (await this.find(description)) ??
      // The password in the answer opens OpenStack's own interfaces, which nobody needs here: it is not even kept.
      (await api.post<CloudUser>(path`/cloud/project/${project}/user`, { description, role: ROLE }));
    const ready = await until(async () => {
      const user = await orMissing(api.get<CloudUser>(path`/cloud/project/${project}/user/${found.id}`));
      report.progress(`user "${description}" is ${user?.status ?? "coming"}`);
      return user?.status === "ok" ? user : undefined;
    }, this.polling);
    if (!ready)
      throw refused(`the user "${description}" was not ready in time`, "run again: the same user is used then");
    return ready;
  }

  async policy(user: string | number): Promise<string> {
    const found = await orMissing(this.api.get<{ policy?: string | null }>(this.at(user, "policy")));
    return found?.policy ?? "";
  }

  async limit(user: string | number, policy: string): Promise<void> {
    if (comparablePolicy(await this.policy(user)) === comparablePolicy(policy)) return;
    await this.api.post(this.at(user, "policy"), { policy }, { repeatable: true });
  }

  /** Names of its S3 credentials. */
  async credentials(user: string | number): Promise<string[]> {
    const found = await this.api.get<Credential[]>(this.at(user, "s3Credentials"));
    return found.map(({ access }) => access);
  }

  /** Credentials with their secret: those that are known, else the first that it has, else new ones. */
  async credential(user: string | number, known: Credential | undefined): Promise<Required<Credential>> {
    return (
      (await this.existing(user, known)) ?? (await this.api.post<Required<Credential>>(this.at(user, "s3Credentials")))
    );
  }

  /** The same without making any; undefined where it has none. */
  async existing(user: string | number, known?: Credential): Promise<Required<Credential> | undefined> {
    const all = await this.credentials(user);
    if (known?.secret && all.includes(known.access)) return { access: known.access, secret: known.secret };
    const [access] = all;
    if (access === undefined) return undefined;
    // Despite its verb this only reads.
    const at = this.at(user, "s3Credentials") + path`/${access}/secret`;
    const { secret } = await this.api.post<{ secret: string }>(at, undefined, { repeatable: true });
    return { access, secret };
  }

  private at(user: string | number, what: string): string {
    return path`/cloud/project/${this.project}/user/${user}/${what}`;
  }
}
