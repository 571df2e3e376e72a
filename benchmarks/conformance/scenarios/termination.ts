import { Agent, get } from "node:http";
import { NotAsked, type Observed, type Scenario } from "../scenario.ts";

/** How long the request in flight takes. */
const workMs = 400;
/** How long the process may stay after the answer to count as prompt; the keep-alive time-out of Node is 5 s. */
const promptMs = 2000;
const slowMs = 10_000;

/** Asks over a connection that is kept; resolves with the status, or with the code of the error. */
const ask = (url: string, agent: Agent): Promise<string> =>
  new Promise((resolve) => {
    get(url, { agent }, (response) => {
      response.resume().once("end", () => resolve(String(response.statusCode)));
      response.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    }).once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });

const outcome = ({ outside }: Observed, what: string): string | undefined =>
  outside.find((one) => one.startsWith(`${what}: `))?.slice(what.length + 2);

export const sigterm: Scenario = {
  title: "SIGTERM with a request in flight",
  does: `A client holds an idle connection; another one has a request of ${workMs} ms in flight when the process gets SIGTERM. Both keep their connections alive, as load balancers do. The program is set up for a graceful end in the way that the system documents.`,
  right: ["answered, ends at once"],
  why: `A deployment must neither drop a request nor wait for clients that are only connected; at once is within ${promptMs / 1000} s of the answer, slow within ${slowMs / 1000} s.`,
  boundMs: 15_000,
  part: "server",
  async run(system, probe) {
    if (!system.server) throw new Error(`${system.title} has no server`);
    const port = await system.server(async () => {
      probe.record("request begun");
      await new Promise((resolve) => setTimeout(resolve, workMs));
      return "done";
    });
    probe.record(`listens on ${port}`);
  },
  async drive(running) {
    const port = (await running.event("listens on ", 0))?.split(" ").at(-1);
    const url = `http://127.0.0.1:${port}`;
    const [idle, busy] = [new Agent({ keepAlive: true, timeout: 60_000 }), new Agent({ keepAlive: true })];
    try {
      running.outside.push(`first: ${await ask(`${url}/nothing`, idle)}`);
      const asked = ask(`${url}/slow`, busy);
      await running.event("request begun", 5000);
      running.signal("SIGTERM");
      // What arrives with the end of the process is read a moment after it.
      const none = running.ended(slowMs).then(() => new Promise<string>((resolve) => setTimeout(resolve, 200, "none")));
      const answer = await Promise.race([asked, none]);
      running.outside.push(`answer: ${answer}`);
      const prompt = await running.ended(promptMs);
      running.outside.push(
        `end: ${prompt ? "at once" : (await running.ended(slowMs - promptMs)) ? "slowly" : "never"}`,
      );
    } finally {
      idle.destroy();
      busy.destroy();
    }
  },
  judge(observed) {
    if (outcome(observed, "first") !== "404" || !observed.events.includes("request begun"))
      throw new NotAsked("it does not serve");
    const answer = outcome(observed, "answer");
    const answered = answer === "200" ? "answered" : `not answered (${answer})`;
    const end = outcome(observed, "end");
    return `${answered}, ${end === "never" ? `has not ended ${slowMs / 1000} s later` : `ends ${end}`}`;
  },
};
