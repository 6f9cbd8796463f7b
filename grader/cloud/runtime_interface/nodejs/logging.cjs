"use strict";
/**
 * What a Node.js function's console writes, and how its errors are told.
 *
 * Text lines are `time TAB request id TAB level TAB message`; with
 * AWS_LAMBDA_LOG_FORMAT=JSON each is one object:
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 * Names, texts and key order are those of AWS's runtime interface client for
 * Node.js, whose version 4 (nodejs24.x) differs from version 3 in small things.
 */
const fs = require("fs");
const { format, types } = require("util");

// The frame's type holds the level beside the kind of message, see awslambdaric.
const LEVELS = {
  TRACE: 0x04,
  DEBUG: 0x08,
  INFO: 0x0c,
  WARN: 0x10,
  ERROR: 0x14,
  FATAL: 0x18,
};
const METHODS = ["trace", "debug", "info", "warn", "error", "fatal"];
const TEXT_FRAME = 0xa55a0003;
const JSON_FRAME = 0xa55a0002;
const FRAME_HEADER = 16;

let modern = true;
let json = false;
let requestId;
let pause;

/** Tell which request the lines from now on belong to. */
function setRequestId(id) {
  requestId = id;
}

/** Replace the console's methods; `fd` is the telemetry pipe, if there is one. */
function patchConsole({ fd, isModern }) {
  modern = isModern;
  json = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
  // Before the first invocation version 3 prints the missing id as "undefined".
  requestId = modern ? "-" : undefined;
  const write = fd === undefined ? writeLine : (...line) => writeFrame(fd, ...line);
  const lowest = LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? 0;
  for (const method of METHODS) {
    const level = method.toUpperCase();
    const silent = LEVELS[level] < lowest;
    console[method] = silent
      ? () => {}
      : (message, ...more) => {
          const now = new Date();
          const line = json ? jsonLine : textLine;
          write(level, now, line(now.toISOString(), level, message, more));
        };
  }
  console.log = console.info;
}

/**
 * Let stdout and stderr wait for a full pipe. Left as Node.js makes them, what they
 * hold back would come after later lines, or be lost when the process exits.
 */
function blockOnOutput() {
  for (const name of ["stdout", "stderr"]) {
    const property = Object.getOwnPropertyDescriptor(process, name);
    let stream;
    Object.defineProperty(process, name, {
      ...property,
      get() {
        if (stream === undefined) {
          stream = property.get.call(process);
          stream._handle?.setBlocking?.(true);
        }
        return stream;
      },
    });
  }
}

/** Log an error that ends an invocation, INIT, or the process. */
function logError(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (json) console.error(error);
  else console.error(title, "\t" + inText(error));
}

/** The body of a report to the Runtime API. */
function report(error) {
  try {
    if (error instanceof Error || types.isNativeError(error)) {
      return {
        errorType: printable(error.name),
        errorMessage: printable(error.message),
        trace: printable(error.stack).split("\n"),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while " +
        "retrieving one or more of its message, name, and stack",
    };
  }
}

/** Make one of the runtime's own errors, such as Runtime.HandlerNotFound. */
function runtimeError(kind, message, { stack, ...properties } = {}) {
  const Kind = { [kind]: class extends Error {} }[kind];
  const error = new Kind(message);
  // In version 3 the name isn't the error's own, so it isn't logged as a property.
  const owner = modern ? error : Kind.prototype;
  owner.name = `Runtime.${kind}`;
  // The stack begins with the name at the time of making: make it anew.
  if (stack === undefined) Error.captureStackTrace(error, runtimeError);
  else error.stack = stack;
  return Object.assign(error, properties);
}

function textLine(time, level, message, more) {
  return `${time}\t${requestId}\t${level}\t${format(message, ...more)}\n`;
}

function jsonLine(timestamp, level, message, more) {
  const line = { timestamp, level, requestId };
  if (more.length === 0) {
    line.message = message;
    try {
      return JSON.stringify(line, (_, value) => structured(value));
    } catch {
      line.message = format(message);
      return JSON.stringify(line);
    }
  }
  line.message = format(message, ...more);
  const error = (modern ? more : [message, ...more]).find((x) => x instanceof Error);
  if (error !== undefined) Object.assign(line, inJson(error));
  return JSON.stringify(line);
}

function structured(value) {
  return value instanceof Error ? Object.assign(inJson(value), value) : value;
}

function inJson(error) {
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: error.message,
    stackTrace: typeof error.stack === "string" ? error.stack.split("\n") : [],
  };
}

function inText(error) {
  try {
    return JSON.stringify(error, (_, value) => {
      if (!(value instanceof Error)) return value;
      const { name: errorType, message: errorMessage, code, stack } = value;
      const told = Object.assign({ errorType, errorMessage, code }, value);
      if (typeof stack === "string") told.stack = stack.split("\n");
      return told;
    });
  } catch {
    return JSON.stringify(report(error));
  }
}

/** AWS replaces DEL, which its Runtime API's headers can't carry. */
function printable(text) {
  return text.replaceAll("\x7f", "%7F");
}

function writeLine(_level, _time, line) {
  const text = line.replace(/\n$/, "").replaceAll("\n", "\r") + "\n";
  writeWhole(1, Buffer.from(text));
}

function writeFrame(fd, level, time, message) {
  const length = Buffer.byteLength(message);
  const frame = Buffer.allocUnsafe(FRAME_HEADER + length);
  const kind = (json ? JSON_FRAME : TEXT_FRAME) | LEVELS[level];
  frame.writeUInt32BE(kind >>> 0, 0);
  frame.writeUInt32BE(length, 4);
  frame.writeBigUInt64BE(BigInt(time.getTime()) * 1000n, 8);
  frame.utf8Write(message, FRAME_HEADER);
  writeWhole(fd, frame);
}

/** Write all of it, also to a full pipe that a child process made non-blocking. */
function writeWhole(fd, bytes) {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(fd, bytes, written);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      pause ??= new Int32Array(new SharedArrayBuffer(4));
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

module.exports = {
  blockOnOutput,
  logError,
  patchConsole,
  report,
  runtimeError,
  setRequestId,
};
//# sourceURL=/var/runtime/logging.cjs
