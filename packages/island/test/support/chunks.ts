import fc from 'fast-check';

/** Any way in which a network can cut these bytes, byte by byte too. */
export function anyChunking(bytes: Buffer): fc.Arbitrary<Buffer[]> {
  const cuts = fc.oneof(
    { weight: 4, arbitrary: fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constant(Array.from({ length: bytes.length }, (_, index) => index)) },
  );
  return cuts.map((chosen) => {
    const places = [0, ...[...chosen].sort((one, other) => one - other), bytes.length];
    return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
  });
}

export function anyBytes(constraints: fc.IntArrayConstraints = {}): fc.Arbitrary<Buffer> {
  return fc.uint8Array(constraints).map((bytes) => Buffer.from(bytes));
}

/** Bytes with something done to them on the way: some changed, the end or a middle part lost, something put in. */
export function anyMutation(bytes: Buffer): fc.Arbitrary<Buffer> {
  const place = fc.nat({ max: Math.max(bytes.length - 1, 0) });
  const changes = fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
  return fc.oneof(
    changes.map((all) => {
      const changed = Buffer.from(bytes);
      for (const [at, bits] of all) changed[at] = (changed[at] ?? 0) ^ bits;
      return changed;
    }),
    place.map((end) => bytes.subarray(0, end)),
    fc
      .tuple(place, place)
      .map(([at, count]) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)])),
    fc
      .tuple(place, anyBytes({ maxLength: 30 }))
      .map(([at, more]) => Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])),
  );
}
