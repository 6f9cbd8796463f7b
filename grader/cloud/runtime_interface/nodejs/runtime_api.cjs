"use strict";
/**
 * The client of the Runtime API, over one connection that is kept open.
 *
 * Version 2018-06-01 of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
 * On a bare socket: Node's own HTTP client takes a millisecond more to load.
 */
const net = require("net");
const { report } = require("./logging.cjs");

const API = "/2018-06-01/runtime";
// Nanoseconds; bound here, since the function may patch what it likes.
const monotonic = process.hrtime.bigint;

/** Answers come in the order of asking, so none is waited for before the next. */
class RuntimeAPI {
  constructor(address) {
    const [host, port] = address.split(":");
    this.address = address;
    this.asked = [];
    this.chunks = [];
    this.size = 0;
    this.head = null;
    // Connecting goes on beside the loading of the function.
    this.socket = net.connect({ host, port: Number(port), noDelay: true });
    this.socket.on("data", (chunk) => this.take(chunk));
    // An error is followed by close, and without its lab there is nothing to do.
    this.socket.on("error", () => {});
    this.socket.on("close", () => process.exit(1));
    this.socket.unref();
  }

  /** A promise, so that the sockets' calls aren't on the stack of the function's. */
  next() {
    return new Promise((resolve) => {
      this.ask(`GET ${API}/invocation/next`, "", (headers, event) => {
        resolve({ headers, event });
      });
    });
  }

  /** With the moment, by `monotonic`, at which the handler had its answer. */
  respond(id, body, ended) {
    const header = `Lab-Handler-Ended: ${ended}\r\n`;
    this.ask(
      `POST ${API}/invocation/${encodeURIComponent(id)}/response`,
      body,
      undefined,
      header,
    );
  }

  fail(id, error, done) {
    this.reportTo(`${API}/invocation/${encodeURIComponent(id)}/error`, error, done);
  }

  failInit(error, done) {
    this.reportTo(`${API}/init/error`, error, done);
  }

  /** Write what `act` asks for at once: the other side wakes up once, not twice. */
  inOnePiece(act) {
    this.socket.cork();
    act();
    this.socket.uncork();
  }

  reportTo(path, error, done) {
    const body = report(error);
    const type = body.errorType.replace(/[^\x20-\x7e]/g, "?");
    const header = `Lambda-Runtime-Function-Error-Type: ${type}\r\n`;
    this.ask(`POST ${path}`, JSON.stringify(body), done, header);
  }

  ask(request, body, answered, headers = "") {
    const length = Buffer.byteLength(body);
    this.asked.push(answered);
    // The event loop stays alive for an answer, not for a handler's promise.
    this.socket.ref();
    this.socket.write(
      `${request} HTTP/1.1\r\nHost: ${this.address}\r\n${headers}` +
        (length > 0 ? "Content-Type: application/json\r\n" : "") +
        `Content-Length: ${length}\r\n\r\n${body}`,
    );
  }

  take(chunk) {
    this.chunks.push(chunk);
    this.size += chunk.length;
    for (;;) {
      if (this.head === null && !this.readHead()) return;
      const { length, headers } = this.head;
      if (this.size < length) return;
      const data = this.joined();
      this.keep(data.subarray(length));
      this.head = null;
      const answered = this.asked.shift();
      if (this.asked.length === 0) this.socket.unref();
      answered?.(headers, data.toString("utf8", 0, length));
    }
  }

  readHead() {
    const data = this.joined();
    const end = data.indexOf("\r\n\r\n");
    this.keep(data);
    if (end < 0) return false;
    const headers = {};
    for (const line of data.toString("utf8", 0, end).split("\r\n").slice(1)) {
      const colon = line.indexOf(":");
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    this.keep(data.subarray(end + 4));
    this.head = { headers, length: Number(headers["content-length"] ?? 0) };
    return true;
  }

  joined() {
    return this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
  }

  keep(data) {
    this.chunks = [data];
    this.size = data.length;
  }
}

module.exports = { RuntimeAPI, monotonic };
//# sourceURL=/var/runtime/runtime_api.cjs
