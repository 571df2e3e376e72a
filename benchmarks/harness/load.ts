import { Agent, request } from "node:http";

// Asks one server again and again, from a process of its own: `load.ts <url> <requests> <connections> [body]`. With a
// body, JSON, it posts that. One line on stdin begins
// a pass, one line on stdout ends it.

const [url = "", requests = "0", connections = "1", body] = process.argv.slice(2);
const accept = { accept: "application/json" };
const options =
  body === undefined
    ? { headers: accept }
    : { method: "POST", headers: { ...accept, "content-type": "application/json", "content-length": body.length } };
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });

function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, ...options }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.resume().once("end", resolve);
    });
    asked.once("error", reject).end(body);
  });
}

async function pass(): Promise<void> {
  let left = Number(requests);
  await Promise.all(
    Array.from({ length: Number(connections) }, async () => {
      while (left-- > 0) await ask();
    }),
  );
}

for await (const _ of process.stdin) {
  await pass();
  process.stdout.write("done\n");
}
agent.destroy();
