// Asks @cloud-copilot/iam-simulate, in a process of its own: a simulation a line in,
// what it makes of it a line out. Only the package's public function is called.
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(path.join(process.argv[2], "package.json"));
const { runSimulation } = require("@cloud-copilot/iam-simulate");

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { errors, overallResult, result } = await runSimulation(JSON.parse(line), {});
    answer = { errors, verdict: overallResult, ignored: result?.ignoredContextKeys };
  } catch (error) {
    answer = { errors: { message: String(error.stack ?? error) } };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
