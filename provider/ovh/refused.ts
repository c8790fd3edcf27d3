/** An error with what the operator can do about it; the server prints both. */
export function refused(message: string, hint: string): Error & { hint: string } {
  return Object.assign(new Error(message), { hint });
}
