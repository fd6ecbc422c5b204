// Owns the entity StatusSource: what the author typed.

import type { StatusDoc } from "../../domain/status.js";

export type StatusSource = { id: string; text: string; spoiler_text: string };

export const statusSource = (status: Pick<StatusDoc, "id" | "text" | "spoiler">): StatusSource => ({
  id: status.id,
  text: status.text,
  spoiler_text: status.spoiler,
});
