/** What the engine does with a resource: check, read before every update, its own diff, the diff with the program, and the act. */

import type { ZoneInputs, ZoneOutputs } from "../../../../provider/dns/zone/contract";
import {
  type Changes,
  onTheWire,
  type ResourceHandler,
  type ResourceState,
  type WireHandler,
} from "../../../../provider/handler";
import type { ValueMap } from "../../../../provider/values";

export const valuesOf = (inputs: ZoneInputs) => inputs as unknown as ValueMap;

/** One resource in one stack. A new handler for each run, as a new process has. */
export class Stack {
  /** What the provider told a person. */
  told: string[] = [];
  warned: string[] = [];
  state: ResourceState | undefined;
  private readonly report = {
    info: (message: string) => void this.told.push(message),
    warn: (message: string) => void this.warned.push(message),
    progress: () => {},
  };

  constructor(
    private readonly newHandler: () => ResourceHandler<ZoneInputs, ZoneOutputs>,
    private readonly urn = "urn:pulumi:test::site::postfleet:dns:Zone::example.org",
  ) {}

  private begin(): WireHandler {
    this.told = [];
    this.warned = [];
    return onTheWire(this.newHandler());
  }

  private async compared(handler: WireHandler, inputs: ZoneInputs): Promise<{ read: ResourceState; changes: Changes }> {
    if (!this.state) throw new Error("there is no resource yet");
    const read = await handler.read(this.state, this.report);
    if (!read) throw new Error("the zone is gone");
    await handler.diff({ ...this.state, inputs: read.inputs }, read.inputs, this.report, true);
    return { read, changes: await handler.diff(read, valuesOf(inputs), this.report, false) };
  }

  private checked(handler: WireHandler, inputs: ZoneInputs): void {
    const failures = handler.check(this.urn, valuesOf(inputs));
    if (failures.length > 0)
      throw new Error(failures.map(({ property, reason }) => `${property} ${reason}`).join("\n"));
  }

  async preview(inputs: ZoneInputs): Promise<Changes> {
    const handler = this.begin();
    this.checked(handler, inputs);
    if (this.state) return (await this.compared(handler, inputs)).changes;
    await handler.create(this.urn, valuesOf(inputs), true, this.report);
    return {};
  }

  async up(inputs: ZoneInputs): Promise<Changes> {
    const handler = this.begin();
    this.checked(handler, inputs);
    if (!this.state) {
      const made = await handler.create(this.urn, valuesOf(inputs), false, this.report);
      this.state = { ...made, inputs: valuesOf(inputs) };
      return {};
    }
    const { read, changes } = await this.compared(handler, inputs);
    // The state after a refresh is kept, whatever the update does then.
    this.state = read;
    if (Object.keys(changes).length === 0) return changes;
    const outputs = await handler.update(read, valuesOf(inputs), false, this.report);
    this.state = { id: read.id, inputs: valuesOf(inputs), outputs };
    return changes;
  }

  async destroy(): Promise<void> {
    const handler = this.begin();
    if (!this.state) return;
    const read = await handler.read(this.state, this.report);
    if (read) await handler.delete(read, this.report);
    this.state = undefined;
  }
}
