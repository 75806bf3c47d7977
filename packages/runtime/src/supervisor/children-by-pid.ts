import type { Pid } from '../pid.ts';
import type { Child } from './child.ts';

/** More than so many are not looked through any more. */
const MOST_IN_A_ROW = 8;

/**
 * The children that run, to be found by the pid that has ended.
 *
 * Most supervisors have a handful, and each restart takes one pid out and puts another in: looking through a handful costs
 * less than a map, which has to number each pid and makes itself anew every few restarts.
 */
export class ChildrenByPid {
  /** The children in a row, each at the place of its pid; none once there is a map. */
  #pids: Pid[] = [];
  #children: Child[] = [];
  #map: Map<Pid, Child> | undefined = undefined;

  get(pid: Pid): Child | undefined {
    return this.#map === undefined ? this.#children[this.#pids.indexOf(pid)] : this.#map.get(pid);
  }

  set(pid: Pid, child: Child): void {
    const known = this.#pids.indexOf(pid);
    const place = known === -1 ? this.#pids.length : known;
    if (place === MOST_IN_A_ROW) this.#makeMap();
    if (this.#map !== undefined) this.#map.set(pid, child);
    else {
      this.#pids[place] = pid;
      this.#children[place] = child;
    }
  }

  /** Puts a child's new pid, which is nobody else's, in the place of the one that it had, if it had one. */
  replace(before: Pid | undefined, pid: Pid, child: Child): void {
    const place = before === undefined ? -1 : this.#pids.indexOf(before);
    if (place === -1) {
      if (before !== undefined) this.delete(before);
      this.set(pid, child);
      return;
    }
    this.#pids[place] = pid;
    this.#children[place] = child;
  }

  delete(pid: Pid): void {
    this.#map?.delete(pid);
    const place = this.#pids.indexOf(pid);
    if (place === -1) return;
    this.#pids.splice(place, 1);
    this.#children.splice(place, 1);
  }

  #makeMap(): void {
    this.#map = new Map(this.#pids.map((pid, place) => [pid, this.#children[place] as Child]));
    this.#pids = [];
    this.#children = [];
  }
}
