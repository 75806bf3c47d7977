/** Draws the curves as SVG, one panel each: the count on a logarithmic axis, the cost of each on one that begins at 0. */

const panel = { width: 460, height: 300, left: 70, right: 40, top: 48, bottom: 56 };
const perRow = 2;
const colours = ['#1b6ca8', '#c2571a'];
const head = 36;
/** What a count takes, written out. */
const markWidth = 56;

/** `curves` have `title`, `counted`, `unit`, `lines` and `points` (`{ count, costs }`). */
export function plot(curves, caption) {
  const rows = Math.ceil(curves.length / perRow);
  const width = panel.width * perRow;
  const height = head + panel.height * rows;
  const panels = curves.map((curve, index) => {
    const x = (index % perRow) * panel.width;
    const y = head + Math.floor(index / perRow) * panel.height;
    return `<g transform="translate(${x} ${y})">\n${drawPanel(curve)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    '<title>Cost per unit as the number grows</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text({ x: 16, y: 24, content: `Cost per unit as the number grows. ${caption}` }),
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, counted, unit, lines, points }) {
  const counts = points.map(({ count }) => count);
  const top = roundUp(Math.max(...points.flatMap(({ costs }) => costs)));
  const x = logScale(counts[0], counts.at(-1), panel.left, panel.width - panel.right);
  const y = (cost) => panel.height - panel.bottom - (cost / top) * (panel.height - panel.top - panel.bottom);
  return [
    text({ x: panel.left, y: 24, content: `${title}, ${unit}`, weight: 'bold' }),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => gridLine(share * top, y(share * top))),
    ...counts.filter(hasRoom(x, counts.at(-1))).map((count) => countMark(count, x(count))),
    text({ x: (panel.left + panel.width) / 2, y: panel.height - 14, content: counted, anchor: 'middle' }),
    ...lines.map((line, index) => drawLine({ line, index, points, x, y, named: lines.length > 1 })),
  ].join('\n');
}

function drawLine({ line, index, points, x, y, named }) {
  const colour = colours[index % colours.length];
  const places = points.map(({ count, costs }) => `${at(x(count))},${at(y(costs[index]))}`);
  const dots = points.map(
    ({ count, costs }) =>
      `<circle cx="${at(x(count))}" cy="${at(y(costs[index]))}" r="3.5" fill="${colour}"/>`,
  );
  const name = { x: panel.width - panel.right, y: 24 + index * 16, content: line, anchor: 'end', colour };
  return [
    `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...dots,
    ...(named ? [text(name)] : []),
  ].join('\n');
}

function gridLine(cost, y) {
  const line = `<line x1="${panel.left}" x2="${panel.width - panel.right}" y1="${at(y)}" y2="${at(y)}" stroke="#ddd"/>`;
  return line + text({ x: panel.left - 8, y: y + 4, content: figureOf(cost), anchor: 'end' });
}

/** The last count is always written, and no other over it. */
function hasRoom(x, last) {
  return (count) => count === last || x(last) - x(count) >= markWidth;
}

function countMark(count, x) {
  const content = count.toLocaleString('en-US');
  return text({ x, y: panel.height - panel.bottom + 18, content, anchor: 'middle' });
}

function text({ x, y, content, anchor = 'start', weight = 'normal', colour = '#222' }) {
  const place = `x="${at(x)}" y="${at(y)}" text-anchor="${anchor}"`;
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text ${place} font-weight="${weight}" fill="${colour}">${safe}</text>`;
}

function logScale(from, to, left, right) {
  const span = Math.log(to) - Math.log(from);
  return (count) => (span === 0 ? left : left + ((Math.log(count) - Math.log(from)) / span) * (right - left));
}

/** The next of 1, 2, 4, 8 times a power of ten: an axis ends on a figure that can be quartered. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 8].find((step) => step * power >= value) ?? 10);
}

function figureOf(value) {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

/** A tenth of a pixel is as exact as anybody sees. */
function at(value) {
  return Number(value.toFixed(1));
}
