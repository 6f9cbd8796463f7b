"use strict";
/**
 * Finds the function that the setting Handler names, as in `dir/file.export`:
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 */
const fs = require("fs");
const Module = require("module");
const path = require("path");
const { pathToFileURL } = require("url");
const { runtimeError } = require("./logging.cjs");

// Where AWS's runtime stands: it shows in the "Require stack" of an error.
const RUNTIME = "/var/runtime/index.mjs";
const NOT_SYNCHRONOUS = new Set(["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"]);
const CALLBACK_REMOVED =
  "ERROR: AWS Lambda has removed support for callback-based function handlers " +
  "starting with Node.js 24. You need to modify this function to use a supported " +
  "handler signature to use Node.js 24 or later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";
const CALLBACK_WARNING =
  "AWS Lambda plans to remove support for callback-based function handlers " +
  "starting with Node.js 24. You will need to update this function to use an async " +
  "handler to use Node.js 24 or later. For more information and to provide feedback " +
  "on this change, see " +
  "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/137. " +
  "To disable this warning, set the AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING " +
  "environment variable.";

/** Give the handler, or throw the Runtime.… error that says why there is none. */
async function load(root, name, { isModern }) {
  if (name.includes("..")) {
    throw runtimeError(
      "MalformedHandlerName",
      `'${name}' is not a valid handler name. ` +
        "Use absolute paths when specifying root directories in handler names.",
    );
  }
  const file = path.basename(name);
  const dot = file.indexOf(".");
  if (dot < 0) throw runtimeError("MalformedHandlerName", "Bad handler");
  const folder = path.resolve(root, name.slice(0, name.indexOf(file)));
  let exported;
  try {
    exported = await loadModule(root, folder, file.slice(0, dot), isModern);
  } catch (error) {
    throw explained(error, isModern);
  }
  const handler = find(exported, file.slice(dot + 1), isModern);
  if (!handler) {
    throw runtimeError("HandlerNotFound", `${name} is undefined or not exported`);
  }
  if (typeof handler !== "function") {
    throw runtimeError("HandlerNotFound", `${name} is not a function`);
  }
  return handler;
}

/** Refuse a handler with a callback on nodejs24.x; warn about it before. */
function judgeCallback(handler, { isModern }) {
  if (isModern) {
    if (handler.length >= 3) {
      throw runtimeError("CallbackHandlerDeprecated", CALLBACK_REMOVED);
    }
  } else if (
    handler.length === 3 &&
    !isAsync(handler) &&
    process.env.AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING === undefined
  ) {
    console.warn(CALLBACK_WARNING);
  }
}

function isAsync(handler) {
  return handler.constructor?.name === "AsyncFunction";
}

async function loadModule(root, folder, name, isModern) {
  followNodePath();
  const stem = path.join(folder, name);
  if (fs.existsSync(stem)) return isModern ? importFile(stem) : requireFile(stem);
  if (fs.existsSync(`${stem}.js`)) {
    if (isModern) return requireOrImport(`${stem}.js`);
    const loadFile = isModulePackage(folder) ? importFile : requireFile;
    return loadFile(`${stem}.js`);
  }
  if (fs.existsSync(`${stem}.mjs`)) return importFile(`${stem}.mjs`);
  if (fs.existsSync(`${stem}.cjs`)) {
    return isModern ? requireOrImport(`${stem}.cjs`) : requireFile(`${stem}.cjs`);
  }
  const require = Module.createRequire(RUNTIME);
  return require(require.resolve(name, { paths: [root, folder] }));
}

/**
 * Let ES modules import what NODE_PATH leads to, such as a layer's packages.
 *
 * Node.js itself does so for CommonJS alone; Lambda's runtimes for both, since
 * https://aws.amazon.com/blogs/compute/node-js-18-x-runtime-now-available-in-aws-lambda/
 */
function followNodePath() {
  const folders = (process.env.NODE_PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => path.basename(folder) === "node_modules")
    .filter((folder) => fs.existsSync(folder));
  // Before Node.js 22.15 it would take a second thread: only CommonJS finds them.
  if (folders.length === 0 || Module.registerHooks === undefined) return;
  // A package is looked for in the node_modules beside who imports it.
  const parents = folders.map((folder) => pathToFileURL(folder).href);
  Module.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
        for (const parentURL of parents) {
          try {
            return next(specifier, { ...context, parentURL });
          } catch {
            // Not there either.
          }
        }
        throw error;
      }
    },
  });
}

function importFile(file) {
  return import(pathToFileURL(file).href);
}

function requireFile(file) {
  return Module.createRequire(RUNTIME)(file);
}

/**
 * What AWS's runtime does with `import()`, sooner: CommonJS needs no ES module loader.
 *
 * Without a parent, because an imported CommonJS module has none either.
 */
function requireOrImport(file) {
  try {
    return Module._load(file, null, false);
  } catch (error) {
    if (NOT_SYNCHRONOUS.has(error?.code)) return importFile(file);
    throw error;
  }
}

/** Whether the nearest package.json says `"type": "module"`. */
function isModulePackage(folder) {
  if (path.basename(folder) === "node_modules") return false;
  const file = path.join(folder, "package.json");
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, "utf8")).type === "module";
    } catch (error) {
      console.warn(
        `${file} cannot be read, it will be ignored for ES module detection purposes.`,
        error,
      );
      return false;
    }
  }
  const parent = path.dirname(folder);
  return parent === folder ? false : isModulePackage(parent);
}

function explained(error, isModern) {
  if (error instanceof SyntaxError) {
    const stack = isModern ? { stack: error.stack } : {};
    return runtimeError("UserCodeSyntaxError", String(error), stack);
  }
  if (error?.code === "MODULE_NOT_FOUND") {
    return runtimeError("ImportModuleError", String(error));
  }
  return error;
}

function find(exported, property, isModern) {
  const within = (start) =>
    property.split(".").reduce((value, key) => value && value[key], start);
  const found = within(exported);
  if (found || !isModern) return found;
  return exported?.default && within(exported.default);
}

module.exports = { isAsync, judgeCallback, load };
//# sourceURL=/var/runtime/handler.cjs
