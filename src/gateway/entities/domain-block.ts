// Owns the entity DomainBlock: a host that this server limits, as everybody may see it.

export type DomainBlock = {
  domain: string;
  /** SHA-256 of the whole name, hex. */
  digest: string;
  severity: "silence" | "suspend";
  comment: string | null;
};

export type DomainBlockView = {
  domain: string;
  digest: string;
  severity: "silence" | "suspend";
  /** Null unless the server shows its reasons. */
  comment: string | null;
  /** Shows only part of the name. */
  obfuscate: boolean;
};

export const domainBlock = (view: DomainBlockView): DomainBlock => ({
  domain: view.obfuscate ? obfuscated(view.domain) : view.domain,
  digest: view.digest,
  severity: view.severity,
  comment: view.comment,
});

/** Stars for the middle half; dots stay. */
function obfuscated(domain: string): string {
  const from = Math.floor(domain.length / 4);
  const to = domain.length - from;
  return [...domain].map((it, at) => (it === "." || at < from || at >= to ? it : "*")).join("");
}

/** What a domain block by a user would cut. */
export type DomainBlockPreview = { following_count: number; followers_count: number };
