// What receives webhooks in tests: keeps every hit; answer(hit) is a status, or undefined to say nothing at all.
import http from 'node:http';

export class Endpoint {
  hits = [];
  answer = () => 204;

  static async open() {
    const e = new Endpoint();
    e.server = http.createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (data) => { body += data; }).on('end', () => {
        const hit = { headers: request.headers, method: request.method, path: request.url, body, json: JSON.parse(body) };
        e.hits.push(hit);
        const status = e.answer(hit);
        if (status === 302) response.writeHead(302, { location: '/elsewhere' }).end();
        else if (status) response.writeHead(status).end();
      });
    });
    await new Promise((resolve) => { e.server.listen(0, '127.0.0.1', resolve); });
    e.port = e.server.address().port;
    e.url = `http://127.0.0.1:${e.port}/hook`;
    return e;
  }

  of(type) { return this.hits.filter((h) => h.json.type === type); }

  about(type, instance) { return this.of(type).filter((h) => h.json.data.instance?.id === instance); }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
  }
}
