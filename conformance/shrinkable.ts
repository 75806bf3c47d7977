import fc from 'fast-check';

/** One value that was made up elsewhere, and all that is simpler, simplest first: what fast-check needs to shrink it. */
export class Shrinkable<Value> extends fc.Arbitrary<Value> {
  readonly #value: Value;
  readonly #simpler: (value: Value) => IterableIterator<Value>;

  constructor(value: Value, simpler: (value: Value) => IterableIterator<Value>) {
    super();
    this.#value = value;
    this.#simpler = simpler;
  }

  override generate(): fc.Value<Value> {
    return new fc.Value(this.#value, undefined);
  }

  override canShrinkWithoutContext(_value: unknown): _value is Value {
    return true;
  }

  override shrink(value: Value): fc.Stream<fc.Value<Value>> {
    return fc.stream(this.#simpler(value)).map((each) => new fc.Value(each, undefined));
  }
}

/** The list without some of its items: cut off at the end, by halves, then each one alone. Pure. */
export function* shorter<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let kept = 0; kept < items.length; kept = Math.ceil((kept + items.length) / 2)) {
    yield items.slice(0, kept);
    if (kept === items.length - 1) break;
  }
  for (const index of items.keys()) yield items.toSpliced(index, 1);
}
