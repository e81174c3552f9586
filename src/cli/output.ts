/** Where text for people goes: standard output or standard error. */
export class Output {
  readonly stream: NodeJS.WritableStream;
  readonly isTerminal: boolean;

  constructor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }) {
    this.stream = stream;
    this.isTerminal = stream.isTTY === true;
  }

  /** Resolves once the bytes may be changed again. Rejects where nothing takes them. */
  bytes(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stream.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  line(text = ""): void {
    this.stream.write(`${text}\n`);
  }
}
