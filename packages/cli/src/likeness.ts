/** The one among these that somebody who wrote `text` may have meant; undefined if none is near. Case and dashes do not count. */
export function meantBy(text: string, names: readonly string[]): string | undefined {
  const written = plain(text);
  const [nearest] = names
    .map((name) => ({ name, steps: distance(written, plain(name)) }))
    .filter(({ name, steps }) => steps <= Math.min(2, plain(name).length / 3))
    .sort((one, other) => one.steps - other.steps);
  return nearest?.name;
}

function plain(text: string): string {
  return text.replaceAll(/[-_]/g, '').toLowerCase();
}

/** How many letters have to be put in, left out, exchanged, or swapped with their neighbour, to make one of the other. */
function distance(one: string, other: string): number {
  let [before, last]: [number[], number[]] = [
    [],
    Array.from({ length: other.length + 1 }, (_, index) => index),
  ];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const steps = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(isSwapped ? Math.min(steps, at(before, j - 2) + 1) : steps);
    }
    [before, last] = [last, row];
  }
  return at(last, other.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
