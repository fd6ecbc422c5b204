// Owns how times are written in entities: ISO 8601 in UTC with milliseconds, and plain dates.

const DAY_MS = 86_400_000;

/** `2026-01-31T12:00:00.000Z`. `atMs`: milliseconds since 1970. */
export const isoTime = (atMs: number): string => new Date(atMs).toISOString();

export const isoTimeOrNull = (atMs: number | null): string | null =>
  atMs === null ? null : isoTime(atMs);

/** The midnight that began the day. */
export const isoMidnight = (atMs: number): string => isoTime(Math.floor(atMs / DAY_MS) * DAY_MS);

/** `2026-01-31`. */
export const isoDate = (atMs: number): string => isoTime(atMs).slice(0, 10);

export const isoDateOrNull = (atMs: number | null): string | null =>
  atMs === null ? null : isoDate(atMs);

/** Seconds since 1970 of the midnight that began the day, as text: the days of a tag's history. */
export const unixDay = (atMs: number): string =>
  String((Math.floor(atMs / DAY_MS) * DAY_MS) / 1000);
