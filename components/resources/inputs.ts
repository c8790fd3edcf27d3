/** A role's plain arguments as a component takes them: each may be an output of another resource. */
import * as pulumi from "@pulumi/pulumi";

/** `{ names: string[] }` becomes `{ names: pulumi.Input<string[]> }`; optional fields stay optional. */
export type InputsOf<T> = { [K in keyof T]: pulumi.Input<T[K]> };

/**
 * A map whose names may be an output, and whose values hold outputs of their own. A preview then shows the names where
 * it does not know the values yet: never pass one to `pulumi.output` or `pulumi.all`, which would melt them together.
 */
export type OpenedMap<T> = Record<string, T> | pulumi.Output<Record<string, T>>;

/** Changes each value of an {@link OpenedMap}. */
export function openedMap<T, U>(map: OpenedMap<T>, change: (value: T) => U): OpenedMap<U> {
  const all = (plain: Record<string, T>) =>
    Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, change(value)]));
  return pulumi.Output.isInstance(map) ? map.apply(all) : all(map);
}
