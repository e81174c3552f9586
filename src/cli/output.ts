/** Where text for people goes: standard output or standard error. */
export class Output {
  readonly stream: NodeJS.WritableStream;
  readonly isTerminal: boolean;

  constructor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }) {
    this.stream = stream;
    this.isTerminal = stream.isTTY === true;
  }

  line(text = ""): void {
    this.stream.write(`${text}\n`);
  }
}
