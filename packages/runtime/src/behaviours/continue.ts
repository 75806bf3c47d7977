/** The first message of a server whose `init` asked to continue. */
export class Continue {
  readonly argument: unknown;
  constructor(argument: unknown) {
    this.argument = argument;
  }
}
