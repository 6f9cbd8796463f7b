"use strict";
/**
 * Lets the function see lab time: `Date` is ahead of real time by an offset that
 * the lab keeps in an 8-byte file (a little-endian double, in seconds).
 *
 * Timers, `process.hrtime` and `performance` go on in real time. Not moved: what
 * reads the clock without `Date` (`Intl.DateTimeFormat().format()` with no argument)
 * and the function's worker threads and child processes.
 */
const fs = require("fs");

const realNow = Date.now;
const seconds = new Float64Array(1);
const bytes = new Uint8Array(seconds.buffer);
let offset = 0; // milliseconds

/** Read the offset again; the lab's clock may have been moved since. */
function follow(fd) {
  if (fs.readSync(fd, bytes, 0, 8, 0) === 8) offset = Math.round(seconds[0] * 1000);
}

/** Put lab time in the place of `Date`, whose identity then stays the same. */
function install(fd) {
  const now = () => realNow() + offset;
  Date.now = Object.defineProperty(now, "name", { value: "now" });
  globalThis.Date = Date.prototype.constructor = new Proxy(Date, {
    apply: (RealDate) => new RealDate(now()).toString(),
    construct: (RealDate, values, target) =>
      Reflect.construct(RealDate, values.length > 0 ? values : [now()], target),
  });
  follow(fd);
}

module.exports = { follow, install };
//# sourceURL=/var/runtime/lab_time.cjs
