/**
 * What OTP orders is what one process does, and what reaches one process from one other. The rest of a trace's order is
 * chance, on either side; here it is taken out.
 *
 * @module
 */

/** The lines of a trace in the one order that all traces which OTP takes for the same have in common. Pure. */
export function canonicalTrace(lines: readonly string[]): string[] {
  const result: string[] = [];
  let step: string[] = [];
  for (const line of lines) {
    if (/^[>?=]/.test(line)) {
      result.push(...byProcess(step), line);
      step = [];
    } else step.push(line);
  }
  return [...result, ...byProcess(step)];
}

/**
 * The lines of a step, process by process, each in its own order. A process that waited for a message, and was ended right
 * after that was sent, may have come to receive it or not.
 */
function byProcess(lines: readonly string[]): string[] {
  const ended = new Set(lines.flatMap((line) => /^(p\d+) exits /.exec(line)?.[1] ?? []));
  return lines
    .filter((line) => !ended.has(/^(p\d+) await = /.exec(line)?.[1] ?? ''))
    .map((line) => ({ line: canonicalFlush(line), process: Number(/^p(\d+)/.exec(line)?.[1]) }))
    .sort((one, other) => one.process - other.process)
    .map(({ line }) => line);
}

/** A mailbox, sender by sender. */
function canonicalFlush(line: string): string {
  const [, head, content] = /^(p\d+ flush = )\[(.*)\]$/.exec(line) ?? [];
  if (content === undefined || content === '') return line;
  const bySender = new Map<string, string[]>();
  for (const message of content.split(', ')) {
    const sender = message.split(' ')[1] as string;
    const sent = bySender.get(sender);
    if (sent === undefined) bySender.set(sender, [message]);
    else sent.push(message);
  }
  const senders = [...bySender.keys()].sort();
  return `${head}[${senders.flatMap((sender) => withSortedEnds(bySender.get(sender) as string[])).join(', ')}]`;
}

/** What follows from one end, an exit and any number of downs, has no order among itself. */
function withSortedEnds(messages: readonly string[]): string[] {
  const result: string[] = [];
  let ends: string[] = [];
  for (const message of messages) {
    if (message.startsWith('msg ')) {
      result.push(...ends.sort(), message);
      ends = [];
    } else ends.push(message);
  }
  return [...result, ...ends.sort()];
}
