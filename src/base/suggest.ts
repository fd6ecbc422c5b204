// Owns "did you mean": the nearest of some known names to one that is not known.

/** Longer texts are not compared: nobody mistypes a novel. */
const COMPARED_MAX = 100;

/** The known name nearest to `given`, or null if none is near (more than a third of it differs). */
export function nearest(given: string, known: Iterable<string>): string | null {
  if (given.length > COMPARED_MAX) return null;
  let best: string | null = null;
  let bestSteps = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const name of known) {
    const steps = editSteps(given.toLowerCase(), name.toLowerCase(), bestSteps);
    if (steps < bestSteps) {
      best = name;
      bestSteps = steps;
    }
  }
  return best;
}

/** Letters to add, drop, change or swap with their neighbour; `enough` or more if not fewer. */
function editSteps(a: string, b: string, enough: number): number {
  if (Math.abs(a.length - b.length) >= enough) return enough;
  let older: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      line[column] = Math.min(
        (above[column] ?? enough) + 1,
        (line[column - 1] ?? enough) + 1,
        (above[column - 1] ?? enough) + (same ? 0 : 1),
        swapped ? (older[column - 2] ?? enough) + 1 : enough,
      );
    }
    older = above;
    above = line;
  }
  return above[b.length] ?? enough;
}
