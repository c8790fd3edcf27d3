/** A fake of OVH's API with an account in it, asked over HTTPS by the real client. */

import { MemoryWorld } from "../../../../lab/ovh/memory-world";
import { type FakeOvhOptions, startFakeOvh } from "../../../../lab/ovh/server";
import type { Reporter, ResourceHandler, ResourceState } from "../../../../provider/handler";
import { ovhApi } from "../../../../provider/ovh/client";
import type { Polling } from "../../../../provider/polling";
import type { ValueMap } from "../../../../provider/values";
import { failureOf } from "../../../support/failure";

/** Waits as in real life, only shorter. */
export const SOON: Polling = { everyMs: 15, limitMs: 1500 };
const TIMING = { firstMs: 5, longestMs: 20, totalMs: 300, answerMs: 2000 };

/** What a person would have read. */
export class Read implements Reporter {
  readonly lines: string[] = [];
  info(message: string): void {
    this.lines.push(message);
  }
  warn(message: string): void {
    this.lines.push(message);
  }
  progress(): void {}
}

export async function fakeAccount(account: FakeOvhOptions["account"], settings: Partial<FakeOvhOptions> = {}) {
  const world = new MemoryWorld();
  const fake = await startFakeOvh({ world, account, delay: 10, ...settings });
  const { host, port, caFile, credentials } = fake;
  const api = ovhApi({ endpoint: `https://${host}:${port}/1.0`, caFile, ...credentials }, TIMING);
  /** Calls that change something, since the last time. */
  let seen = 0;
  const writes = () => {
    const since = fake.log.slice(seen).filter(({ method }) => method !== "GET");
    seen = fake.log.length;
    return since;
  };
  return { fake, world, api: () => api, writes, close: () => fake.close() };
}

/** What the engine does with one resource, in its order. */
export class Engine {
  state: ResourceState | undefined;
  readonly report = new Read();
  constructor(readonly handler: ResourceHandler) {}

  async preview(news: ValueMap) {
    await this.refresh();
    if (!this.state) return this.handler.create("urn", news, true, this.report).then(() => "create");
    const changes = await this.handler.diff(this.state, news, this.report, false);
    if (Object.keys(changes).length > 0) await this.handler.update(this.state, news, true, this.report);
    return changes;
  }

  async up(news: ValueMap) {
    expect(this.handler.check("urn", news)).toEqual([]);
    await this.refresh();
    if (!this.state) {
      const made = await this.handler.create("urn", news, false, this.report);
      this.state = { ...made, inputs: news };
      return this.state;
    }
    if (Object.keys(await this.handler.diff(this.state, news, this.report, false)).length > 0) {
      const outputs = await this.handler.update(this.state, news, false, this.report);
      this.state = { id: this.state.id, inputs: news, outputs };
    }
    return this.state;
  }

  async refresh() {
    if (this.state) this.state = await this.handler.read(this.state, this.report);
    return this.state;
  }

  async importing(id: string) {
    this.state = await this.handler.read({ id, inputs: {}, outputs: {} }, this.report);
    return this.state;
  }

  async remove() {
    await this.refresh();
    if (this.state) await this.handler.delete(this.state, this.report);
    this.state = undefined;
  }
}

/** The error with its hint, as a person reads it. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  const { message, hint = "" } = await failureOf(promise);
  return `${message}\n${hint}`;
}
