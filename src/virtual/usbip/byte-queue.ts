/** Bytes as they come from a stream, to be taken in the lengths that a protocol asks for. */
export class ByteQueue {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The first `length` bytes; undefined, and nothing taken, while there are fewer. */
  take(length: number): Uint8Array | undefined {
    if (length > this.#length) return undefined;
    this.#length -= length;
    const first = this.#chunks[0];
    if (first !== undefined && first.length > length) {
      this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    if (first?.length === length) {
      this.#chunks.shift();
      return first;
    }
    return this.#gather(length);
  }

  #gather(length: number): Uint8Array {
    const gathered = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.#chunks.shift() ?? new Uint8Array(0);
      const part = chunk.subarray(0, length - filled);
      gathered.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
    }
    return gathered;
  }
}
