// Owns what the runtime needs of a log: three levels, one sentence, some fields.

export interface Log {
  info(says: string, fields?: Record<string, unknown>): void;
  warn(says: string, fields?: Record<string, unknown>): void;
  error(says: string, fields?: Record<string, unknown>): void;
}
