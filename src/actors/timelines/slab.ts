// Owns the rings of all home timelines of a node: ids as two 32-bit halves in typed arrays, newest
// first, each id once. A timeline is a cache: it is lost freely and rebuilt on read (homes.ts).
// A ring at its bound drops its oldest id. 8 bytes an id: 3.2 KB for a full ring of 400.

const CHUNK_RINGS = 256;

type Chunk = {
  high: Uint32Array;
  low: Uint32Array;
  length: Uint16Array;
  head: Uint16Array;
  version: Uint32Array;
};

export class Slab {
  readonly ringLength: number;
  #chunks: Chunk[] = [];
  #free: number[] = [];
  #used = 0;

  /** `ringLength` is the number of ids a timeline keeps (1 to 65,535). */
  constructor(ringLength: number) {
    this.ringLength = ringLength;
  }

  /** A fresh, empty ring. Its handle stays good until `release`. */
  acquire(): number {
    const handle = this.#free.pop() ?? this.#grow();
    const chunk = this.#chunkOf(handle);
    chunk.length[handle % CHUNK_RINGS] = 0;
    chunk.head[handle % CHUNK_RINGS] = 0;
    this.#used++;
    return handle;
  }

  release(handle: number): void {
    this.#free.push(handle);
    this.#used--;
  }

  get used(): number {
    return this.#used;
  }

  /** Bytes of all rings, used or free. */
  get bytes(): number {
    return this.#chunks.length * CHUNK_RINGS * (this.ringLength * 8 + 8);
  }

  length(handle: number): number {
    return this.#chunkOf(handle).length[handle % CHUNK_RINGS] as number;
  }

  /**
   * Puts an id where its age belongs. False if it was there already, or is older than everything
   * in a full ring. New ids are almost always the newest: then this is three writes.
   */
  insert(handle: number, high: number, low: number): boolean {
    const chunk = this.#chunkOf(handle);
    const ring = handle % CHUNK_RINGS;
    const size = this.ringLength;
    const base = ring * size;
    const length = chunk.length[ring] as number;
    const head = chunk.head[ring] as number;
    const { high: highs, low: lows } = chunk;
    let at = 0;
    while (at < length) {
      const slot = base + ((head + at) % size);
      const h = highs[slot] as number;
      const l = lows[slot] as number;
      if (h === high && l === low) return false;
      if (h < high || (h === high && l < low)) break;
      at++;
    }
    if (at === size) return false;
    const newHead = (head + size - 1) % size;
    for (let moved = 0; moved < at; moved++) {
      const to = base + ((newHead + moved) % size);
      const from = base + ((head + moved) % size);
      highs[to] = highs[from] as number;
      lows[to] = lows[from] as number;
    }
    const slot = base + ((newHead + at) % size);
    highs[slot] = high;
    lows[slot] = low;
    chunk.head[ring] = newHead;
    chunk.version[ring] = (chunk.version[ring] as number) + 1;
    if (length < size) chunk.length[ring] = length + 1;
    return true;
  }

  /** Grows with each insert, so that whoever copied ids out can tell whether they are still those. */
  version(handle: number): number {
    return this.#chunkOf(handle).version[handle % CHUNK_RINGS] as number;
  }

  /** The halves at place `at`, 0 being the newest. `at` must be below `length`. */
  high(handle: number, at: number): number {
    return this.#chunkOf(handle).high[this.#slot(handle, at)] as number;
  }

  low(handle: number, at: number): number {
    return this.#chunkOf(handle).low[this.#slot(handle, at)] as number;
  }

  #slot(handle: number, at: number): number {
    const ring = handle % CHUNK_RINGS;
    const head = this.#chunkOf(handle).head[ring] as number;
    return ring * this.ringLength + ((head + at) % this.ringLength);
  }

  #chunkOf(handle: number): Chunk {
    return this.#chunks[(handle / CHUNK_RINGS) | 0] as Chunk;
  }

  #grow(): number {
    const cells = CHUNK_RINGS * this.ringLength;
    const first = this.#chunks.length * CHUNK_RINGS;
    this.#chunks.push({
      high: new Uint32Array(cells),
      low: new Uint32Array(cells),
      length: new Uint16Array(CHUNK_RINGS),
      head: new Uint16Array(CHUNK_RINGS),
      version: new Uint32Array(CHUNK_RINGS),
    });
    for (let ring = CHUNK_RINGS - 1; ring > 0; ring--) this.#free.push(first + ring);
    return first;
  }
}
