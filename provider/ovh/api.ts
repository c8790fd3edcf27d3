/**
 * What the provider's resources know of OVH's API: five verbs, typed errors. The vendor's client stands behind it in
 * one file; every 2xx is success, 429 and 5xx were retried before an error comes out.
 */

/** The calls. Paths begin with a slash and come from {@link path}, so that values in them are encoded. */
export interface OvhApi {
  get<T>(path: string, query?: Record<string, string | number | boolean>): Promise<T>;
  post<T>(path: string, body?: object, options?: PostOptions): Promise<T>;
  put<T>(path: string, body?: object): Promise<T>;
  delete<T>(path: string): Promise<T>;
}

/** How a POST may be treated. */
export interface PostOptions {
  /** Doing it twice does no harm, so that it is repeated after 5xx and lost answers too. Default: false. */
  repeatable?: boolean;
}

/**
 * A path of the API with its values encoded: path`/ip/${block}/reverse/${address}`. Throws where a value is missing, as in an
 * answer of OVH that lacks a field: the path would name what is above, and a DELETE would be of that.
 */
export function path(texts: TemplateStringsArray, ...values: (string | number)[]): string {
  return texts.reduce((whole, text, i) => {
    const value: string | number | null | undefined = values[i - 1];
    if (value === undefined || value === null || value === "")
      throw new Error(`OVH: a name is missing in the path ${texts.join("…")}: nothing was asked`);
    return whole + encodeURIComponent(String(value)) + text;
  });
}

/** An answer other than 2xx, with all that OVH said. */
export class OvhError extends Error {
  constructor(
    /** The call, as "POST /domain/zone/example.org/refresh". */
    public readonly call: string,
    /** HTTP status; 0 when there was no answer. */
    public readonly status: number,
    /** What OVH said: its message, class, details and query id, as far as it gave them. */
    public readonly said: { message: string; class?: string; errorCode?: string; details?: object; queryId?: string },
    /** What the operator can do. */
    public readonly hint?: string,
  ) {
    const facts = [said.class, said.errorCode, said.queryId && `query ${said.queryId}`].filter(Boolean).join(", ");
    const details = said.details && Object.keys(said.details).length > 0 ? ` ${JSON.stringify(said.details)}` : "";
    super(`OVH: ${call} answered ${status || "nothing"}: ${said.message}${facts ? ` (${facts})` : ""}${details}`);
    this.name = "OvhError";
  }

  /** There is no such thing, RFC 9110 §15.5.5. */
  get notFound(): boolean {
    return this.status === 404;
  }
}

/** The answer, or undefined where OVH says that there is no such thing. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof OvhError && error.notFound) return undefined;
    throw error;
  }
}
