/** What handlers have in common whose create and update are one act: to look at what is there, and bring it to what is wanted. */
import type { Changes, CheckFailure, Made, PartialState, Reporter, ResourceHandler, ResourceState } from "./handler";
import type { Preview } from "./values";

/** A handler that asks the real thing, not the state, whether something is to be made or changed. */
export abstract class EnsuringHandler<Inputs, Outputs> implements ResourceHandler<Inputs, Outputs> {
  readonly refreshBeforeUpdate = true;
  readonly secretOutputs: readonly string[] = [];

  abstract check(urn: string, news: Preview<Inputs>): CheckFailure[];
  abstract diff(state: ResourceState<Inputs, Outputs>, news: Preview<Inputs>, report: Reporter): Changes;
  abstract read(
    state: PartialState<Inputs, Outputs>,
    report: Reporter,
  ): Promise<PartialState<Inputs, Outputs> | undefined>;
  abstract delete(state: ResourceState<Inputs, Outputs>, report: Reporter): Promise<void>;

  /** The id of what is wanted. */
  protected abstract idOf(news: Preview<Inputs>): string;

  /** Makes it so, and tells the outputs; `state` is empty, its id too, where the state has nothing yet. */
  protected abstract ensure(
    state: PartialState<Inputs, Outputs>,
    news: Preview<Inputs>,
    preview: boolean,
    report: Reporter,
  ): Promise<Preview<Outputs>>;

  async create(_urn: string, news: Preview<Inputs>, preview: boolean, report: Reporter): Promise<Made<Outputs>> {
    // A cast here and below: the compiler cannot resolve the type's condition while Inputs and Outputs are open.
    const nothing = { id: "", inputs: {}, outputs: {} } as PartialState<Inputs, Outputs>;
    const outputs = await this.ensure(nothing, news, preview, report);
    return { id: this.idOf(news), outputs };
  }

  update(
    state: ResourceState<Inputs, Outputs>,
    news: Preview<Inputs>,
    preview: boolean,
    report: Reporter,
  ): Promise<Preview<Outputs>> {
    return this.ensure(state as PartialState<Inputs, Outputs>, news, preview, report);
  }
}
