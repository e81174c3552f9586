import { EventEmitter } from "events";
import type typedEmitter from "typed-emitter";

type EventMap = typedEmitter.EventMap;

/**
 * Typed events, whose listeners cannot harm the driver: what one of them throws is reported to the
 * host environment as an uncaught error, after every other listener was told.
 */
export abstract class DriverEvents<Events extends EventMap> {
  readonly #emitter = new EventEmitter() as typedEmitter.default<Events>;

  on<Name extends keyof Events>(event: Name, listener: Events[Name]): this {
    this.#emitter.on(event, listener);
    return this;
  }

  once<Name extends keyof Events>(event: Name, listener: Events[Name]): this {
    this.#emitter.once(event, listener);
    return this;
  }

  off<Name extends keyof Events>(event: Name, listener: Events[Name]): this {
    this.#emitter.off(event, listener);
    return this;
  }

  protected announce<Name extends keyof Events>(
    event: Name,
    ...details: Parameters<Events[Name]>
  ): void {
    for (const listener of this.#emitter.rawListeners(event)) {
      try {
        listener(...details);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
