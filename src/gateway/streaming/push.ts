// Owns the bytes of what streams send. An event's payload is escaped once, and the frame of each
// stream name is made once, however many sockets get it.

/** One event on its way to listeners. */
export class Push {
  readonly event: string;
  readonly #payload: string | null;
  #tail: string | null = null;
  #sse: Buffer | null = null;
  #firstLabel = "";
  #firstFrame: Buffer | null = null;
  #frames: Map<string, Buffer> | null = null;

  /** `payload` is a document's JSON, a bare id, or null for an event without one. */
  constructor(event: string, payload: Uint8Array | string | null) {
    this.event = event;
    this.#payload =
      payload === null || typeof payload === "string" ? payload : Buffer.from(payload).toString();
  }

  /** The WebSocket frame for a stream: JSON whose `payload` is text, itself JSON for entities. */
  frame(label: string): Buffer {
    // Most events go to one stream name: that one is kept without a map.
    if (label === this.#firstLabel && this.#firstFrame !== null) return this.#firstFrame;
    if (this.#firstFrame === null) {
      this.#firstLabel = label;
      this.#firstFrame = this.#build(label);
      return this.#firstFrame;
    }
    this.#frames ??= new Map();
    let frame = this.#frames.get(label);
    if (frame === undefined) {
      frame = this.#build(label);
      this.#frames.set(label, frame);
    }
    return frame;
  }

  /** The lines of a server-sent event. JSON holds no line breaks, so one data line is enough. */
  sse(): Buffer {
    this.#sse ??= Buffer.from(
      `event: ${this.event}\ndata: ${(this.#payload ?? "").replace(/[\r\n]+/g, " ")}\n\n`,
    );
    return this.#sse;
  }

  #build(label: string): Buffer {
    this.#tail ??=
      this.#payload === null
        ? `,"event":"${this.event}"}`
        : `,"event":"${this.event}","payload":${JSON.stringify(this.#payload)}}`;
    return Buffer.from(`{"stream":${label}${this.#tail}`);
  }
}
