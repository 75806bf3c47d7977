import fc from 'fast-check';

/** Any way in which a network can cut these bytes. */
export function anyChunking(bytes: Buffer): fc.Arbitrary<Buffer[]> {
  return fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 20 }).map((cuts) => {
    const places = [0, ...cuts.sort((one, other) => one - other), bytes.length];
    return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
  });
}
