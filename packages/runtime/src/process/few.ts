/**
 * A set that is nearly always empty or of one: a process has one link, one resource, one timer. A `Set` costs a fifth of a
 * kilobyte, so one member stands for itself. The field that holds it is assigned what these functions answer.
 */
export type Few<Member extends object> = Member | Set<Member> | undefined;

/** The few with one more member; a member is in there once. */
export function including<Member extends object>(few: Few<Member>, member: Member): Few<Member> {
  if (few === undefined || few === member) return member;
  if (few instanceof Set) return few.add(member);
  return new Set([few, member]);
}

/** The few without that member. An empty set is given up: in it, each that comes and goes costs more than it does alone. */
export function excluding<Member extends object>(few: Few<Member>, member: Member): Few<Member> {
  if (few === member) return undefined;
  if (few instanceof Set) {
    few.delete(member);
    if (few.size === 0) return undefined;
  }
  return few;
}

export function has<Member extends object>(few: Few<Member>, member: Member): boolean {
  return few === member || (few instanceof Set && few.has(member));
}

/**
 * Calls the function with each member, oldest first. What else the function has to know comes as an argument, so that it need
 * not be made anew each time: processes end by the million.
 */
export function each<Member extends object, Argument>(
  few: Few<Member>,
  visit: (member: Member, argument: Argument) => void,
  argument: Argument,
): void {
  if (few instanceof Set) for (const member of few) visit(member, argument);
  else if (few !== undefined) visit(few, argument);
}

/** The members, oldest first. */
export function members<Member extends object>(few: Few<Member>): Iterable<Member> {
  if (few === undefined) return [];
  return few instanceof Set ? few : [few];
}

export function countOf<Member extends object>(few: Few<Member>): number {
  if (few === undefined) return 0;
  return few instanceof Set ? few.size : 1;
}
