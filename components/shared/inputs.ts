/** A role's plain arguments as a component takes them: each may be an output of another resource. */
import type * as pulumi from "@pulumi/pulumi";

/** `{ names: string[] }` becomes `{ names: pulumi.Input<string[]> }`; optional fields stay optional. */
export type InputsOf<T> = { [K in keyof T]: pulumi.Input<T[K]> };
