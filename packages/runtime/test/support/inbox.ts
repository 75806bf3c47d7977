import { Receiver } from '../../src/index.ts';

/** Waits for one number, and keeps what it was told. */
export class Inbox extends Receiver {
  readonly told: unknown[] = [];

  matches(message: unknown): boolean {
    return typeof message === 'number';
  }

  received(message: unknown): void {
    this.told.push(message);
  }
}
