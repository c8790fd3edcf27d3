/** Something of ours that must fail. */

/** The error that it fails with; going through is an error of the test. */
export async function failureOf<E extends Error = Error & { hint?: string }>(act: Promise<unknown>): Promise<E> {
  try {
    await act;
  } catch (error) {
    return error as E;
  }
  throw new Error("it went through");
}
