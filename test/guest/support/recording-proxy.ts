import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A piece of a conversation, as it came in one read. */
export interface Piece {
  readonly from: "client" | "server";
  readonly data: Uint8Array;
}

/** Stands between a client and a server on this computer, and writes down what they say. */
export class RecordingProxy implements AsyncDisposable {
  /** The pieces, one list a connection, in the order in which the connections were made. */
  readonly conversations: Piece[][] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async start(targetPort: number): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(targetPort);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(targetPort: number) {
    this.#server = createServer((client) => {
      const pieces: Piece[] = [];
      this.conversations.push(pieces);
      const server = connect(targetPort, "127.0.0.1");
      this.#hand(client, server, (data) => pieces.push({ from: "client", data }));
      this.#hand(server, client, (data) => pieces.push({ from: "server", data }));
    });
  }

  get tcpPort(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #hand(from: Socket, to: Socket, note: (data: Uint8Array) => void): void {
    this.#sockets.add(from);
    from.setNoDelay();
    from.on("data", (data: Buffer) => {
      note(data);
      to.write(data);
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      this.#sockets.delete(from);
      to.end();
    });
  }
}
