/**
 * Functions that are not each other's, as those of a program are: V8 compiles each by itself. Each takes an object with `flags`,
 * `sent` and `received`, reads and writes them, and calls the one before, now and then.
 * @param {number} count
 * @returns {((object: object) => void)[]}
 */
export function steps(count) {
  const made = [];
  for (let index = 0; index < count; index++) {
    const body = `
      if ((object.flags & ${index + 1}) === ${index + 1}) { object.sent = object.received; before?.(object); }
      else if (object.sent > ${index}) object.sent = 0;
      object.flags ^= ${1 << (index % 24)};
      object.received = (object.received + object.flags) & 0xffff;
    `;
    made.push(new Function('before', `return function step${index}(object) {${body}};`)(made[index - 1]));
  }
  return made;
}
