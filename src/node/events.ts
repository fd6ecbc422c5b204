// Owns the events of one process: whoever publishes reaches every listener at once, in order. A
// listener that throws is logged and the others hear it all the same.

import type { Log } from "../observe/log.js";
import type { DomainEvent, Events } from "../ports/events.js";

export function createEvents(log: Pick<Log, "error">): Events {
  const listeners = new Set<(event: DomainEvent) => void>();
  return {
    publish(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          log.error("a listener failed", { event: event.type, error });
        }
      }
    },
    subscribe(seen) {
      listeners.add(seen);
      return () => void listeners.delete(seen);
    },
  };
}
