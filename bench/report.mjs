/** Turns rows into text: an aligned table for people, a line of JSON for programs. */

const columns = [
  { title: 'work', cell: (row) => row.work },
  { title: 'ours', cell: (row) => figure(row.ours), right: true },
  { title: 'peer', cell: (row) => figure(row.peer), right: true },
  { title: 'unit', cell: (row) => row.unit },
  { title: 'against', cell: (row) => row.peerName },
  { title: 'ratio', cell: (row) => row.ratio.toFixed(2), right: true },
  { title: 'target', cell: (row) => row.target },
  { title: 'better', cell: (row) => row.better },
  { title: 'spread', cell: (row) => `${(row.spread * 100).toFixed(0)} %`, right: true },
  { title: 'rounds', cell: (row) => `${row.rounds}`, right: true },
];

/** `targetOf` says of a row, in a few words, what was aimed at and whether it was reached. */
export function formatTable(rows, targetOf) {
  const complete = rows.map((row) => ({ ...row, target: targetOf(row) }));
  return aligned(columns, complete);
}

/** A table of any columns: each has a `title`, a `cell` that turns a row into text, and perhaps `right`. */
export function aligned(columns, rows) {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index].length)));
  return cells
    .map((line) =>
      line
        .map((text, index) =>
          columns[index].right ? text.padStart(widths[index]) : text.padEnd(widths[index]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function formatJson({ work, ours, peer, peerName, unit, ratio, spread, rounds }) {
  return JSON.stringify({
    work,
    ours: rounded(ours, 2),
    peer: rounded(peer, 2),
    peerName,
    unit,
    ratio: rounded(ratio, 4),
    spread: rounded(spread, 4),
    rounds,
  });
}

export function figure(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 1_000 ? 1 : 0 });
}

function rounded(value, digits) {
  return Number(value.toFixed(digits));
}
