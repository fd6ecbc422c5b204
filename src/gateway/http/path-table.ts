// Owns which row of a table a path belongs to. Plain paths are found in one map; the others in a
// tree of segments. A segment may be plain, `:name`, or a name with text around it (`@:username`,
// `:username.rss`); the last may be `*name`, which takes the rest. Plain segments win over names,
// names with more text around them over those with less, all over `*`.

type Piece = { before: string; name: string; after: string };

type Node<Row> = {
  plain: Map<string, Node<Row>>;
  named: { piece: Piece; node: Node<Row> }[];
  rest: { name: string; rows: Map<string, Row> } | null;
  rows: Map<string, Row>;
};

/** `names` null: the path has none. */
export type Found<Row> = { rows: ReadonlyMap<string, Row>; names: Record<string, string> | null };

const SEGMENTS_MAX = 20;

export class PathTable<Row> {
  readonly #whole = new Map<string, Map<string, Row>>();
  readonly #tree: Node<Row> = emptyNode();

  /** Adds a row; throws if the method has one on this path already. */
  add(method: string, path: string, row: Row): void {
    const rows = /[:*]/.test(path) ? rowsAt(this.#tree, path) : this.#plainRows(path);
    if (rows.has(method)) throw new Error(`two routes for ${method} ${path}`);
    rows.set(method, row);
  }

  /**
   * The rows of a percent-encoded path by method, or null. "malformed": it is not UTF-8. A slash at
   * the end does not count.
   */
  find(path: string): Found<Row> | null | "malformed" {
    const whole = this.#whole.get(path);
    if (whole !== undefined) return { rows: whole, names: null };
    const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
    let segments = trimmed.slice(1).split("/");
    if (segments.length > SEGMENTS_MAX) return null;
    if (trimmed.includes("%")) {
      const decoded = decodeAll(segments);
      if (decoded === null) return "malformed";
      segments = decoded;
    }
    const again = this.#whole.get(`/${segments.join("/")}`);
    if (again !== undefined && !segments.some((it) => it.includes("/"))) {
      return { rows: again, names: null };
    }
    const names: Record<string, string> = {};
    const rows = walk(this.#tree, segments, 0, names);
    return rows === null ? null : { rows, names };
  }

  #plainRows(path: string): Map<string, Row> {
    let rows = this.#whole.get(path);
    if (rows === undefined) {
      rows = new Map();
      this.#whole.set(path, rows);
    }
    return rows;
  }
}

function emptyNode<Row>(): Node<Row> {
  return { plain: new Map(), named: [], rest: null, rows: new Map() };
}

function rowsAt<Row>(root: Node<Row>, path: string): Map<string, Row> {
  let node = root;
  for (const segment of path.slice(1).split("/")) {
    if (segment.startsWith("*")) {
      node.rest ??= { name: segment.slice(1), rows: new Map() };
      return node.rest.rows;
    }
    node = childOf(node, segment);
  }
  return node.rows;
}

function childOf<Row>(node: Node<Row>, segment: string): Node<Row> {
  const named = /^([^:]*):([a-zA-Z_]+)(.*)$/.exec(segment);
  if (named === null) {
    const known = node.plain.get(segment);
    if (known !== undefined) return known;
    const made = emptyNode<Row>();
    node.plain.set(segment, made);
    return made;
  }
  const [, before = "", name = "", after = ""] = named;
  const known = node.named.find(
    ({ piece }) => piece.before === before && piece.name === name && piece.after === after,
  );
  if (known !== undefined) return known.node;
  const made = { piece: { before, name, after }, node: emptyNode<Row>() };
  node.named.push(made);
  node.named.sort((a, b) => around(b.piece) - around(a.piece));
  return made.node;
}

const around = (piece: Piece): number => piece.before.length + piece.after.length;

function walk<Row>(
  node: Node<Row>,
  segments: readonly string[],
  at: number,
  names: Record<string, string>,
): ReadonlyMap<string, Row> | null {
  if (at === segments.length) return node.rows.size > 0 ? node.rows : null;
  const segment = segments[at] as string;
  const plain = node.plain.get(segment);
  if (plain !== undefined) {
    const rows = walk(plain, segments, at + 1, names);
    if (rows !== null) return rows;
  }
  for (const { piece, node: next } of node.named) {
    if (segment.length <= piece.before.length + piece.after.length) continue;
    if (!segment.startsWith(piece.before) || !segment.endsWith(piece.after)) continue;
    const rows = walk(next, segments, at + 1, names);
    if (rows === null) continue;
    names[piece.name] = segment.slice(piece.before.length, segment.length - piece.after.length);
    return rows;
  }
  if (node.rest === null) return null;
  names[node.rest.name] = segments.slice(at).join("/");
  return node.rest.rows;
}

function decodeAll(segments: readonly string[]): string[] | null {
  try {
    return segments.map((it) => decodeURIComponent(it));
  } catch {
    return null;
  }
}
