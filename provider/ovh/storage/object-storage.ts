/**
 * `postfleet:ovh:ObjectStorage`: an S3 container of a Public Cloud project, with a user who may use this one only. Nothing is
 * ever deleted: neither container nor data nor the user, whose credentials a restore needs.
 */
import { EnsuringHandler } from "../../ensuring";
import type { Changes, CheckFailure, PartialState, Reporter, ResourceState } from "../../handler";
import type { Polling } from "../../polling";
import { hasUnknown, type Preview, UNKNOWN } from "../../values";
import { type OvhApi, orMissing, path } from "../api";
import { refused } from "../refused";
import type { ObjectLock, ObjectStorageInputs, ObjectStorageOutputs } from "./contract";
import { checkStorage, lockOf, lockText, mayBeLock, sameLock } from "./object-check";
import { comparablePolicy, ObjectUsers, policyFor } from "./object-user";

const POLLING: Polling = { everyMs: 2000, limitMs: 300_000 };

/** A container as OVH shows it. */
interface Container {
  name: string;
  versioning?: { status: "enabled" | "disabled" | "suspended" };
  objectLock?: { status?: string; rule?: ObjectLock };
  encryption?: object;
  tags?: object;
}

/** The user's description where the program gives none. */
const describedAs = ({ userDescription, container }: Partial<Preview<ObjectStorageInputs>>): string =>
  userDescription ?? `postfleet ${container}`;
const endpointOf = (region: string): string => `https://s3.${region.toLowerCase()}.io.cloud.ovh.net`;
const NO_USER = "there is no user with the rights of this container alone";
const isVersioned = ({ versioning }: Partial<Preview<ObjectStorageInputs>>): boolean => versioning !== false;

type State = ResourceState<ObjectStorageInputs, ObjectStorageOutputs>;
type Found = PartialState<ObjectStorageInputs, ObjectStorageOutputs>;
type Wanted = Preview<ObjectStorageInputs>;
/** Where a container is, and its name. */
type ContainerRef = Pick<ObjectStorageInputs, "project" | "region" | "container">;

export class ObjectStorageHandler extends EnsuringHandler<ObjectStorageInputs, ObjectStorageOutputs> {
  override readonly secretOutputs = ["secretKey"];

  constructor(
    private readonly api: () => OvhApi,
    private readonly polling: Polling = POLLING,
  ) {
    super();
  }

  check(_urn: string, news: Wanted): CheckFailure[] {
    return checkStorage(news);
  }

  diff(state: State, news: Wanted, report: Reporter): Changes {
    const changes: Changes = {};
    for (const name of ["project", "region", "container"] as const) {
      if (state.inputs[name] !== news[name]) changes[name] = "update-replace";
    }
    if (news.versioning === UNKNOWN || isVersioned(state.inputs) !== isVersioned(news)) changes.versioning = "update";
    if (hasUnknown(news.objectLock) || !sameLock(lockOf(state.inputs), lockOf(news))) changes.objectLock = "update";
    const missing = String(state.outputs.missing ?? "");
    if (describedAs(state.inputs) !== describedAs(news) || missing) changes.userDescription = "update";
    if (missing) report.info(`${state.id}: ${missing}`);
    return changes;
  }

  protected idOf(news: Wanted): string {
    return `${news.project}/${news.region}/${news.container}`;
  }

  protected async ensure(
    state: Found,
    news: Wanted,
    preview: boolean,
    report: Reporter,
  ): Promise<Preview<ObjectStorageOutputs>> {
    const { accessKey, secretKey = "", userId, missing } = state.outputs;
    const endpoint = endpointOf(news.region);
    const known =
      accessKey === undefined || missing ? { accessKey: UNKNOWN, secretKey: UNKNOWN } : { accessKey, secretKey };
    const place = [news.project, news.region, news.container];
    if (place.includes(UNKNOWN)) return { ...news, endpoint: UNKNOWN, ...known };
    const live = await this.container(news);
    if (live) this.sameForever(live, news);
    else await this.possible(news);
    if (preview) {
      if (live && state.id === "")
        report.info(`the container ${news.container} exists: it is taken over with its data`);
      return { ...news, endpoint, ...known, ...(userId === undefined ? {} : { userId }) };
    }
    await this.shape(live, news);
    const users = new ObjectUsers(this.api(), news.project, this.polling);
    const user = await users.ensure(describedAs(news), report);
    await users.limit(user.id, policyFor(news.container));
    const had = accessKey === undefined ? undefined : { access: String(accessKey), secret: String(secretKey) };
    const { access, secret } = await users.credential(user.id, had);
    return { ...news, endpoint, userId: String(user.id), accessKey: access, secretKey: secret };
  }

  async read(state: Found, report: Reporter): Promise<Found | undefined> {
    const [project = "", region = "", container = "", ...rest] = state.id.split("/");
    if (!container || rest.length > 0) {
      const hint = 'import by <project>/<region>/<container>, as "0123…cdef/GRA/backups"';
      throw refused(`"${state.id}" does not name a container`, hint);
    }
    const names = { project, region, container };
    const live = await this.container(names);
    if (!live) return undefined;
    const [declared, lock] = [lockOf(state.inputs), liveLock(live)];
    const { objectLock: _, ...plain } = state.inputs;
    const inputs: ObjectStorageInputs = {
      ...plain,
      ...names,
      versioning: live.versioning?.status === "enabled",
      ...(lock ? { objectLock: { ...(declared && sameLock(declared, lock) ? declared : lock) } } : {}),
    };
    if (state.inputs.container === undefined) return this.imported(state.id, inputs, report);
    const { missing: __, ...kept } = state.outputs;
    const missing = await this.missing(inputs, state.outputs);
    return { id: state.id, inputs, outputs: { ...kept, ...inputs, ...(missing ? { missing } : {}) } };
  }

  /** What is taken over, with the credentials of its user. An import changes nothing: who is missing is made by the next update. */
  private async imported(id: string, found: ObjectStorageInputs, report: Reporter): Promise<Found> {
    const { project, region, container } = found;
    const usual = describedAs(found);
    const users = new ObjectUsers(this.api(), project, this.polling);
    const user = await users.ofContainer(container, usual);
    const inputs = user && user.description !== usual ? { ...found, userDescription: user.description } : found;
    const outputs = { ...inputs, endpoint: endpointOf(region) };
    const credential = user && (await users.existing(user.id));
    if (user && credential) {
      const { access: accessKey, secret: secretKey } = credential;
      return { id, inputs, outputs: { ...outputs, userId: String(user.id), accessKey, secretKey } };
    }
    const none = user ? `the user "${user.description}" has no credentials` : NO_USER;
    report.info(`${id}: ${none}; accessKey and secretKey are empty until the next update, which makes them`);
    return { id, inputs, outputs };
  }

  async delete(state: State, report: Reporter): Promise<void> {
    report.warn(
      `the container ${state.id} stays at OVH with its data, its user and its credentials: Postfleet never deletes one. ` +
        "To remove it, empty and delete it in OVH's control panel",
    );
  }

  private container({ project, region, container }: ContainerRef): Promise<Container | undefined> {
    const [p, r, c] = [project, region, container];
    return orMissing(this.api().get<Container>(path`/cloud/project/${p}/region/${r}/storage/${c}`));
  }

  /** What was changed by hand about the user; empty where all is right. */
  private async missing(inputs: ObjectStorageInputs, { accessKey }: Partial<ObjectStorageOutputs>): Promise<string> {
    const users = new ObjectUsers(this.api(), inputs.project, this.polling);
    const user = await users.find(describedAs(inputs));
    if (!user) return `there is no user "${describedAs(inputs)}": it is made, with new credentials`;
    const policy = await users.policy(user.id);
    if (comparablePolicy(policy) !== comparablePolicy(policyFor(inputs.container))) {
      return `the rights of ${user.username} were changed by hand to ${policy || "none"}: they are set back to this container`;
    }
    const all = await users.credentials(user.id);
    return all.includes(String(accessKey))
      ? ""
      : `${user.username} does not have the credentials of the state: it gets others`;
  }

  /** Refuses changes of what is settled when a container is made. */
  private sameForever(live: Container, news: Wanted): void {
    const has = liveLock(live);
    if (mayBeLock(has, news)) return;
    throw refused(
      `the object lock of ${news.container} is ${lockText(has)}, and wanted is ${lockText(lockOf(news))}: it is settled when a container is made`,
      "declare what it has, or a container of another name; the old one keeps its objects",
    );
  }

  /** Refuses a project or region that does not exist. */
  private async possible({ project, region }: ContainerRef): Promise<void> {
    const regions = await orMissing(this.api().get<string[]>(path`/cloud/project/${project}/region`));
    if (!regions) {
      const all = await this.api().get<string[]>("/cloud/project");
      throw refused(`there is no project ${project} in this OVH account`, `it has ${all.join(", ") || "none at all"}`);
    }
    if (!regions.includes(region)) {
      throw refused(
        `the project has no region ${region}`,
        `it has ${regions.join(", ")}; more can be opened in the panel`,
      );
    }
  }

  private async shape(live: Container | undefined, news: Wanted): Promise<void> {
    const [project, region, container] = [news.project, news.region, news.container];
    const all = path`/cloud/project/${project}/region/${region}/storage`;
    const lock = lockOf(news);
    const objectLock = lock
      ? { objectLock: { status: "enabled", rule: { mode: lock.mode, period: lock.period } } }
      : {};
    if (!live) {
      const versioning = { status: isVersioned(news) ? "enabled" : "disabled" };
      await this.api().post(all, { name: container, versioning, ...objectLock });
      return;
    }
    if ((live.versioning?.status === "enabled") === isVersioned(news)) return;
    // Once enabled it cannot be disabled, only suspended. The rest is sent along, because it is not known whether OVH
    // takes what a PUT does not name for emptied.
    const { encryption, tags } = live;
    const versioning = { status: isVersioned(news) ? "enabled" : "suspended" };
    await this.api().put(all + path`/${container}`, {
      versioning,
      ...objectLock,
      ...(encryption ? { encryption } : {}),
      ...(tags ? { tags } : {}),
    });
  }
}

function liveLock({ objectLock }: Container): ObjectLock | undefined {
  return objectLock?.status === "enabled" ? objectLock.rule : undefined;
}
