/**
 * Something that a person can act on: it becomes an error value at the socket, one line in the terminal and a message
 * in the window. Every other exception is a bug.
 */
export class UserError extends Error {
  /** `parameter-unknown`, `checkpoint-corrupt`, ... */
  readonly code: string;
  /** What to do about it; "" when there is nothing. */
  readonly hint: string;
  /** Path of the offending field of a form, when it is one. */
  readonly field: string | undefined;

  constructor(code: string, message: string, hint = "", field?: string) {
    super(message);
    this.name = "UserError";
    this.code = code;
    this.hint = hint;
    this.field = field;
  }
}
