// Many POSTs over one connection, several on their way at a time, for figures in the millions: node's own client is
// slower than the server.
import net from 'node:net';

export class Pipe {
  // answered(status, body, request) for each, in the order of sending.
  static open(url, answered, depth = 16) {
    const pipe = new Pipe();
    const { hostname, port, host } = new URL(url);
    Object.assign(pipe, { answered, depth, host, left: Buffer.alloc(0), sent: [], waiting: [] });
    return new Promise((resolve, reject) => {
      pipe.socket = net.connect({ host: hostname, port: Number(port), noDelay: true }, () => resolve(pipe));
      pipe.socket.on('error', reject);
      pipe.socket.on('data', (data) => pipe.take(data));
      pipe.socket.on('close', () => { pipe.closed = true; pipe.wake(); });
    });
  }

  // Waits while too many are under way. request: {target, body} and whatever the caller wants back.
  async post(request) {
    while (this.sent.length >= this.depth && !this.closed) await this.change();
    if (this.closed) throw new Error('the server closed the connection');
    this.sent.push(request);
    const head = `POST ${request.target} HTTP/1.1\r\nHost: ${this.host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(request.body)}\r\n\r\n`;
    this.socket.write(Buffer.concat([Buffer.from(head), Buffer.from(request.body)]));
  }

  take(data) {
    this.left = this.left.length ? Buffer.concat([this.left, data]) : data;
    for (;;) {
      const end = this.left.indexOf('\r\n\r\n');
      if (end < 0) break;
      const head = this.left.toString('latin1', 0, end);
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (this.left.length < end + 4 + length) break;
      const body = this.left.toString('utf8', end + 4, end + 4 + length);
      this.left = this.left.subarray(end + 4 + length);
      this.answered(Number(head.slice(9, 12)), body, this.sent.shift(), head);
    }
    this.wake();
  }

  change() { return new Promise((resolve) => { this.waiting.push(resolve); }); }

  wake() { for (const resolve of this.waiting.splice(0)) resolve(); }

  async end() {
    while (this.sent.length && !this.closed) await this.change();
    if (this.sent.length) throw new Error(`${this.sent.length} were never answered`);
    this.socket.end();
  }
}
