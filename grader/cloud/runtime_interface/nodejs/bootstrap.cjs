"use strict";
/**
 * The Node.js runtime of an execution environment: loads the function, then asks the
 * Runtime API for one invocation after the other.
 *
 * nodejs24.x behaves as AWS's runtime interface client 4 (`invokeModern`), the
 * runtimes before as its version 3 (`invokeClassic`), whatever Node.js executes it.
 */
const { env } = process;
const { judgeCallback, isAsync, load } = require("./handler.cjs");
const labTime = require("./lab_time.cjs");
const logging = require("./logging.cjs");
const { RuntimeAPI, monotonic } = require("./runtime_api.cjs");

const NEVER_SETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. This is most " +
  "commonly caused by a Promise that was never settled. For more information, see " +
  "https://nodejs.org/docs/latest/api/process.html#exit-codes";

const isModern = Number(/nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV)?.[1] ?? 24) >= 24;
const { clockFd, logFd } = takePrivate();

const api = new RuntimeAPI(env.AWS_LAMBDA_RUNTIME_API);
// What a crash of the process reports to, on the runtimes before nodejs24.x.
let reportCrash = (error, done) => api.failInit(error, done);
// What happens when the event loop runs empty before the invocation is answered.
let onIdle = () => process.exit(13);
let handler;
// AWS calls the function as a method of its Runtime: stack traces show that.
const runtime = new (class Runtime {})();

async function start() {
  if (clockFd !== undefined) labTime.install(clockFd);
  logging.blockOnOutput();
  logging.patchConsole({ fd: logFd, isModern });
  refuseStreaming();
  if (!isModern) reportCrashes();
  try {
    const root = env.LAMBDA_TASK_ROOT ?? process.cwd();
    handler = await load(root, env._HANDLER, { isModern });
    judgeCallback(handler, { isModern });
    runtime.handler = handler;
  } catch (error) {
    logging.logError(isModern ? "Init Error" : "Uncaught Exception", error);
    api.failInit(error, () => process.exit(isModern ? 1 : 129));
    return;
  }
  onIdle = null;
  next();
}

/** Wait for the next invocation, and hand it to the function. */
async function next() {
  const { headers, event } = await api.next();
  if (clockFd !== undefined) labTime.follow(clockFd);
  const id = headers["lambda-runtime-aws-request-id"];
  const trace = headers["lambda-runtime-trace-id"];
  logging.setRequestId(id);
  if (trace) env._X_AMZN_TRACE_ID = trace;
  else delete env._X_AMZN_TRACE_ID;
  if (isModern) invokeModern(id, headers, event);
  else invokeClassic(id, headers, event);
}

async function invokeModern(id, headers, event) {
  let answer;
  try {
    const result = await runtime.handler(JSON.parse(event), modernContext(headers));
    const ended = monotonic();
    await nextTurn();
    const body = serialized(result);
    answer = () => api.respond(id, body, ended);
  } catch (error) {
    await nextTurn();
    logging.logError("Invoke Error", error);
    answer = () => api.fail(id, error);
  }
  api.inOnePiece(() => {
    answer();
    next();
  });
}

/** Also with callback, context.succeed and an answer when the event loop is empty. */
function invokeClassic(id, headers, event) {
  let answered = false;
  let waits = true;
  const goOn = () => setImmediate(next);
  const respond = (result) => {
    if (answered) {
      console.error(
        "Invocation has already been reported as done. " +
          "Cannot call complete more than once per invocation.",
      );
      return;
    }
    answered = true;
    api.respond(id, serialized(result), monotonic());
    goOn();
  };
  const fail = (error) => {
    logging.logError("Invoke Error", error);
    api.fail(id, error);
    goOn();
  };
  let called = false;
  const once = (act) => (error, result) => {
    if (called) return;
    onIdle = null;
    if (error !== undefined && error !== null) fail(error);
    else act(result);
    called = true;
  };
  const callback = once((result) => {
    if (!waits) respond(result);
    else onIdle = () => setImmediate(() => respond(result));
  });
  const done = once(respond);
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
    succeed: (result) => done(null, result),
    fail: (error) => done(error ?? "handled"),
    done,
  };
  reportCrash = (error, exit) => api.fail(id, error, exit);
  onIdle = () => {
    answered = true;
    if (isAsync(handler)) {
      fail(logging.runtimeError("NodeJsExit", NEVER_SETTLED));
    } else {
      api.respond(id, "null", monotonic());
      goOn();
    }
  };
  try {
    Object.assign(context, environmentData(), headerData(headers));
    const result = runtime.handler(JSON.parse(event), context, callback);
    if (typeof result?.then === "function") {
      result.then(context.succeed, context.fail).catch(context.fail);
    }
  } catch (error) {
    callback(error);
  }
}

function modernContext(headers) {
  return Object.assign(headerData(headers), environmentData());
}

function headerData(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const data = {
    clientContext: parsed(headers, "lambda-runtime-client-context"),
    identity: parsed(headers, "lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
  };
  if (isModern) data.xRayTraceId = headers["lambda-runtime-trace-id"];
  data.getRemainingTimeInMillis = () => deadline - Date.now();
  return data;
}

function environmentData() {
  const data = {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
  // Version 3 begins with the version.
  return isModern ? data : { functionVersion: data.functionVersion, ...data };
}

function parsed(headers, name) {
  return headers[name] ? JSON.parse(headers[name]) : undefined;
}

function serialized(result) {
  try {
    return JSON.stringify(result === undefined ? null : result);
  } catch {
    const message = "Unable to stringify response body";
    if (isModern) throw logging.runtimeError("JSONStringifyError", message);
    throw new Error(message);
  }
}

/** Say what the local cloud lacks where AWS has the global `awslambda`. */
function refuseStreaming() {
  const message =
    "Response streaming (awslambda.streamifyResponse) isn't part of the local cloud. " +
    "Return the whole response from the handler.";
  const refuse = () => {
    throw new Error(message);
  };
  globalThis.awslambda = {
    streamifyResponse: refuse,
    HttpResponseStream: { from: refuse },
  };
}

/** nodejs24.x leaves a crash to Node.js; before, the runtime itself reports it. */
function reportCrashes() {
  process.on("uncaughtException", (error) => {
    logging.logError("Uncaught Exception", error);
    reportCrash(error, () => process.exit(129));
  });
  process.on("unhandledRejection", (reason, promise) => {
    const properties = { reason, promise };
    const error = logging.runtimeError(
      "UnhandledPromiseRejection",
      String(reason),
      properties,
    );
    logging.logError("Unhandled Promise Rejection", error);
    reportCrash(error, () => process.exit(128));
  });
  process.on("beforeExit", () => {
    const act = onIdle;
    onIdle = null;
    act?.();
  });
}

function nextTurn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Take the lab's own variables out of the environment before the function sees it. */
function takePrivate() {
  const descriptor = (name) => (name in env ? Number(env[name]) : undefined);
  const taken = {
    clockFd: descriptor("_LAB_CLOCK_FD"),
    logFd: descriptor("_LAMBDA_TELEMETRY_LOG_FD"),
  };
  delete env._LAMBDA_TELEMETRY_LOG_FD;
  for (const name of Object.keys(env)) if (name.startsWith("_LAB_")) delete env[name];
  return taken;
}

start();
//# sourceURL=/var/runtime/bootstrap.cjs
