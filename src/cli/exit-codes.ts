// How a command ends, as numbers for scripts and as the error that carries one.

import { CodedError, type ErrorDetails } from "../base/errors.js";

export const EXIT = Object.freeze({
  done: 0,
  /** The command was understood and did not succeed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The settings are wrong (EX_CONFIG of sysexits.h). */
  configuration: 78,
});

/** A command that ends with a sentence for the person and an exit code for the script. */
export class CommandError extends CodedError {
  readonly exitCode: number;

  constructor(code: string, message: string, exitCode: number, details: ErrorDetails = {}) {
    super(code, message, details);
    this.exitCode = exitCode;
  }
}
