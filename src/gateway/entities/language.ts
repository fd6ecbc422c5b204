// Owns the entity Language.

export type Language = { code: string; name: string };

export const language = (code: string, name: string): Language => ({ code, name });
