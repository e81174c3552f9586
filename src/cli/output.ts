/** Where text for people goes: standard output or standard error. */
export class Output {
  readonly stream: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  /** Whether colours may be used: on a terminal, and not where `NO_COLOR` is set (no-color.org). */
  readonly hasColours: boolean;

  /** Whether only results and problems are told. */
  isQuiet = false;

  constructor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }) {
    this.stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.hasColours = this.isTerminal && !process.env["NO_COLOR"];
  }

  /** How wide the terminal is now. */
  get columns(): number {
    return (this.stream as { readonly columns?: number }).columns ?? 80;
  }

  /** Resolves once the bytes may be changed again. Rejects where nothing takes them. */
  bytes(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stream.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** A line that is no result and no problem. */
  note(text: string): void {
    if (!this.isQuiet) this.line(text);
  }

  line(text = ""): void {
    this.stream.write(`${text}\n`);
  }
}
