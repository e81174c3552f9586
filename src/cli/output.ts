/** Where text for people goes: standard output or standard error. */
export class Output {
  readonly stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  get isTerminal(): boolean {
    return this.stream.isTTY;
  }

  line(text = ""): void {
    this.stream.write(`${text}\n`);
  }
}
