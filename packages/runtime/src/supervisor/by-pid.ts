import type { Pid } from '../pid.ts';

/** More than so many are not looked through any more. */
const MOST_IN_A_ROW = 8;

/**
 * What a supervisor keeps of its children that run, to be found by the pid that has ended.
 *
 * Most supervisors have a handful, and each restart takes one pid out and puts another in: looking through a handful costs
 * less than a map, which has to number each pid, and makes itself anew every few restarts and whenever it is empty.
 */
export class ByPid<Kept> {
  // The row, oldest first, each at the place of its pid; nobody is in it once there is a map. It keeps its room: Node would give that
  // back, and take it again, with each child that comes and goes.
  readonly #pids: (Pid | undefined)[] = [];
  readonly #row: (Kept | undefined)[] = [];
  #count = 0;
  #map: Map<Pid, Kept> | undefined = undefined;

  get size(): number {
    return this.#map?.size ?? this.#count;
  }

  get(pid: Pid): Kept | undefined {
    return this.#map === undefined ? this.#row[this.#pids.indexOf(pid)] : this.#map.get(pid);
  }

  set(pid: Pid, kept: Kept): void {
    if (this.#map !== undefined) {
      this.#map.set(pid, kept);
      return;
    }
    const known = this.#pids.indexOf(pid);
    if (known !== -1) this.#row[known] = kept;
    else if (this.#count < MOST_IN_A_ROW) this.#put(this.#count++, pid, kept);
    else this.#makeMap().set(pid, kept);
  }

  /** Puts a child's new pid, which is nobody else's, in the place of the one that it had, if it had one. */
  replace(before: Pid | undefined, pid: Pid, kept: Kept): void {
    const place = before === undefined ? -1 : this.#pids.indexOf(before);
    if (place !== -1) {
      this.#put(place, pid, kept);
      return;
    }
    if (before !== undefined) this.delete(before);
    this.set(pid, kept);
  }

  delete(pid: Pid): void {
    if (this.#map !== undefined) {
      this.#map.delete(pid);
      if (this.#map.size === 0) this.#map = undefined;
      return;
    }
    const place = this.#pids.indexOf(pid);
    if (place === -1) return;
    this.#count--;
    for (let next = place; next < this.#count; next++) {
      this.#pids[next] = this.#pids[next + 1];
      this.#row[next] = this.#row[next + 1];
    }
    this.#put(this.#count, undefined, undefined);
  }

  clear(): void {
    while (this.#count > 0) this.#put(--this.#count, undefined, undefined);
    this.#map = undefined;
  }

  /** All that is kept, oldest first, with the pids. */
  entries(): (readonly [Pid, Kept])[] {
    if (this.#map !== undefined) return [...this.#map];
    return this.#pids.slice(0, this.#count).map((pid, place) => [pid as Pid, this.#row[place] as Kept]);
  }

  #put(place: number, pid: Pid | undefined, kept: Kept | undefined): void {
    this.#pids[place] = pid;
    this.#row[place] = kept;
  }

  #makeMap(): Map<Pid, Kept> {
    const map = new Map(this.entries());
    this.clear();
    this.#map = map;
    return map;
  }
}
