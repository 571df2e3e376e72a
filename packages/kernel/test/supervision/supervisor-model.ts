import type { Strategy } from "@pawl/kernel";

/** How one service of a random tree is restarted, when its start fails, and what it adopts. */
export interface NodePlan {
  readonly restart: "never" | "on-failure" | "always";
  readonly maxRestarts: number;
  /** Milliseconds. */
  readonly within: number;
  /** Milliseconds of the first wait; each further one is twice as long, up to four times. 0 for none. */
  readonly backoff: number;
  readonly strategy: Strategy;
  /** The numbers of those of its starts that fail, in the whole run. */
  readonly failingStarts: readonly number[];
  readonly children: readonly NodePlan[];
}

/** A restart that waits for its time. */
interface Waiting {
  readonly lead: ModelNode;
  readonly members: Set<ModelNode>;
  readonly due: number;
}

/** One service as the model sees it. */
class ModelNode {
  readonly path: string;
  readonly plan: NodePlan;
  readonly owner: Supervises;
  up = false;
  starts = 0;
  #granted: number[] = [];
  #inARow = 0;
  #upSince = Number.NEGATIVE_INFINITY;

  constructor(path: string, plan: NodePlan, owner: Supervises) {
    this.path = path;
    this.plan = plan;
    this.owner = owner;
  }

  /** A new owner knows nothing of what came before. */
  adopted(): void {
    this.#granted = [];
    this.#inARow = 0;
  }

  cameUp(now: number): void {
    this.up = true;
    this.#upSince = now;
  }

  /** The wait before one more restart, if it is granted. */
  grant(now: number): number | undefined {
    const { restart, maxRestarts, within, backoff } = this.plan;
    if (restart === "never") return undefined;
    if (this.up && now - this.#upSince > within) this.#inARow = 0;
    if (this.#granted.filter((then) => now - then < within).length >= maxRestarts) return undefined;
    this.#granted.push(now);
    this.#inARow++;
    return Math.min(backoff * 2 ** (this.#inARow - 1), backoff * 4);
  }
}

/** What supervises: the app, or a service with children. */
interface Supervises {
  readonly strategy: Strategy;
  /** What it owns, in the order of the first start. */
  owned: ModelNode[];
  readonly self: ModelNode | undefined;
  waiting: Waiting[];
}

/**
 * A reference model of the supervisors of an app in which starting and stopping take no time: which services are up, how
 * often each was restarted, what escalated. Nothing of it is asynchronous.
 */
export class SupervisorModel {
  now = 0;
  stopped = false;
  readonly restarts: string[] = [];
  readonly escalations: string[] = [];
  readonly #app: Supervises;
  readonly #supervisors = new Map<ModelNode, Supervises>();
  readonly #nodes = new Map<string, ModelNode>();

  constructor(strategy: Strategy, providers: readonly NodePlan[]) {
    this.#app = { strategy, owned: [], self: undefined, waiting: [] };
    this.#app.owned = providers.map((plan, i) => this.#make(`s${i}`, plan, this.#app));
    // What fails in the first start is no matter of supervision: the plans leave it out.
    for (const node of this.#app.owned) this.#start(node);
  }

  get up(): string[] {
    return [...this.#nodes.values()].flatMap(({ up, path }) => (up ? [path] : [])).toSorted();
  }

  /** Lets time pass up to `until`, and does what is due meanwhile. */
  advance(until: number): void {
    for (;;) {
      const next = this.#all().toSorted((a, b) => a.waiting.due - b.waiting.due)[0];
      if (!next || next.waiting.due > until) break;
      this.now = next.waiting.due;
      this.#restart(next.owner, next.waiting);
    }
    this.now = until;
  }

  crash(path: string): void {
    const node = this.#nodes.get(path) as ModelNode;
    if (node.up && !this.stopped) this.#crashed(node, path);
  }

  /** From outside, or by itself. */
  stop(path: string, itself: boolean): void {
    const node = this.#nodes.get(path) as ModelNode;
    if (this.stopped) return;
    if (itself && node.up && node.plan.restart === "always") {
      if (!this.#begin(node)) this.#crashed(node, path);
      return;
    }
    if (itself && !node.up) return;
    this.#leave(node);
  }

  #make(path: string, plan: NodePlan, owner: Supervises): ModelNode {
    const node = new ModelNode(path, plan, owner);
    const supervisor: Supervises = { strategy: plan.strategy, owned: [], self: node, waiting: [] };
    this.#supervisors.set(node, supervisor);
    this.#nodes.set(path, node);
    for (const [i, child] of plan.children.entries()) this.#make(`${path}/c${i}`, child, supervisor);
    return node;
  }

  #supervisorOf(node: ModelNode): Supervises {
    return this.#supervisors.get(node) as Supervises;
  }

  /** Every restart that waits, with its owner. */
  #all() {
    return [this.#app, ...this.#supervisors.values()].flatMap((owner) =>
      owner.waiting.map((waiting) => ({ owner, waiting })),
    );
  }

  /** Starts it and what it adopts; gives the path of what failed, and then it is down again. */
  #start(node: ModelNode): string | undefined {
    const supervisor = this.#supervisorOf(node);
    node.starts++;
    for (const [i] of node.plan.children.entries()) {
      const child = this.#nodes.get(`${node.path}/c${i}`) as ModelNode;
      child.adopted();
      const failed = this.#start(child);
      if (failed) {
        this.#down(node);
        return failed;
      }
      supervisor.owned.push(child);
    }
    if (node.plan.failingStarts.includes(node.starts)) {
      this.#down(node);
      return node.path;
    }
    node.cameUp(this.now);
    return undefined;
  }

  /** Takes it down with everything below it. */
  #down(node: ModelNode): void {
    node.up = false;
    const supervisor = this.#supervisorOf(node);
    for (const child of supervisor.owned) this.#down(child);
    supervisor.owned = [];
    supervisor.waiting = [];
  }

  /** It is its owner's no more. */
  #leave(node: ModelNode): void {
    const { owner } = node;
    this.#down(node);
    owner.owned = owner.owned.filter((other) => other !== node);
    for (const { members } of owner.waiting) members.delete(node);
    owner.waiting = owner.waiting.filter(({ members }) => members.size > 0);
  }

  #crashed(node: ModelNode, path: string): void {
    if (!this.#begin(node)) this.#escalate(node, path);
  }

  /** Takes down what is affected and lets it wait; false where no restart is granted. */
  #begin(lead: ModelNode): boolean {
    const { owner } = lead;
    const wait = lead.grant(this.now);
    if (wait === undefined) return false;
    this.restarts.push(lead.path);
    const from = owner.strategy === "rest-for-one" ? owner.owned.indexOf(lead) : 0;
    const affected = owner.strategy === "one-for-one" ? [lead] : owner.owned.slice(from);
    const earlier = owner.strategy === "one-for-one" ? [] : owner.waiting.flatMap(({ members }) => [...members]);
    for (const node of affected) this.#down(node);
    const waiting = { lead, members: new Set([...earlier, ...affected]), due: this.now + wait };
    owner.waiting = owner.strategy === "one-for-one" ? [...owner.waiting, waiting] : [waiting];
    return true;
  }

  #restart(owner: Supervises, waiting: Waiting): void {
    owner.waiting = owner.waiting.filter((other) => other !== waiting);
    for (const node of owner.owned.filter((each) => waiting.members.has(each))) {
      const failed = this.#start(node);
      if (!failed) continue;
      const lead = waiting.members.has(waiting.lead) ? waiting.lead : node;
      const wait = lead.grant(this.now);
      if (wait === undefined) {
        this.#escalate(lead, failed);
        return;
      }
      this.restarts.push(lead.path);
      for (const member of waiting.members) this.#down(member);
      owner.waiting.push({ lead, members: waiting.members, due: this.now + wait });
      return;
    }
  }

  #escalate(node: ModelNode, culprit: string): void {
    const { self } = node.owner;
    this.escalations.push(`${node.path} → ${self?.path ?? "app"}`);
    if (self) {
      this.#crashed(self, culprit);
      return;
    }
    this.stopped = true;
    for (const each of this.#app.owned) this.#down(each);
    this.#app.waiting = [];
  }
}
