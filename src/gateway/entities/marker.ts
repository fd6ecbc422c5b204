// Owns the entity Marker: how far a timeline was read.

import { isoTime } from "./time.js";

export type Marker = { last_read_id: string; version: number; updated_at: string };

export const marker = (view: {
  lastReadId: string;
  version: number;
  updatedAtMs: number;
}): Marker => ({
  last_read_id: view.lastReadId,
  version: view.version,
  updated_at: isoTime(view.updatedAtMs),
});
