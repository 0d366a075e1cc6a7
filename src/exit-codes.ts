/** How the program ends (the numbers of sysexits.h where they fit); docs/operations.md and `--help` tell them. */
export const exitCodes = {
  ok: 0,
  /** A check of the doctor failed, or a mistake in the program. */
  failed: 1,
  usage: 64,
  /** Something that is needed is not available: the database, the address to listen on. */
  unavailable: 69,
  /** A file cannot be written, or is there already. */
  cannotCreate: 73,
  /** Another process holds the database. */
  held: 75,
  /** The registration has the tokens of the sample. */
  placeholderTokens: 77,
  config: 78,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
