/** Errors that are the user's to read: what was wrong, and what to do about it. Anything else is a bug of ours. */
export class UserError extends Error {
  /**
   * @param message What was wrong, and what was given.
   * @param hint What to do about it.
   * @param status Exit status of the command. Default 1.
   */
  constructor(
    message: string,
    readonly hint?: string,
    readonly status = 1,
  ) {
    super(message);
    this.name = "UserError";
  }
}
