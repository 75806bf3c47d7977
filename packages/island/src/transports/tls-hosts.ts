const PATTERN = /^(\*\.)?([a-z0-9_-]+\.)*[a-z0-9_-]+$/i;

/** Whether a host can be called so: `a.example`, or `*.example` for all names with one label in place of the star. */
export function isHostPattern(text: string): boolean {
  return PATTERN.test(text);
}

/**
 * Something for each host, found as RFC 6125 section 6.4.3 compares: without regard to case, a name before a wildcard, and a
 * star for exactly one label.
 */
export class HostTable<Value> {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(entries: Iterable<readonly [pattern: string, value: Value]>) {
    this.#values = new Map(Array.from(entries, ([pattern, value]) => [pattern.toLowerCase(), value]));
  }

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  find(host: string): Value | undefined {
    const name = host.toLowerCase();
    const dot = name.indexOf('.');
    return this.#values.get(name) ?? (dot < 1 ? undefined : this.#values.get(`*${name.slice(dot)}`));
  }
}
