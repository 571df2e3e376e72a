import type { Clock } from "@pawl/kernel";
import { compilePattern, messageOf } from "@pawl/kernel/extend";
import type { DeadLetterQuery, EngineDeadLetter, EngineMessage, GroupSpec } from "@pawl/messages/extend";
import { cloudEvent, cloudEventHeaders, idHeader } from "./cloud-event.ts";
import type { JetStream, StoredMsg } from "./jetstream.ts";
import type { Publisher } from "./publisher.ts";
import { eventSubject, lineOf } from "./subjects.ts";

const header = "Pawl-Dead";
/** What an error says is cut after so many letters: headers are small. */
const longestError = 2_000;

/** What a dead letter is kept with. */
interface Dead {
  readonly group: string;
  readonly attempts: number;
  readonly deadAt: number;
  readonly error: string;
}

interface FoundLetter {
  readonly letter: EngineDeadLetter;
  readonly seq: number;
  /** Where it stood in the stream of messages. */
  readonly place: number;
  /** Of its group. */
  readonly token: string;
}

/** What groups could not work off: a stream of its own. */
export class DeadLetters {
  readonly #jetStream: JetStream;
  readonly #publisher: Publisher;
  readonly #clock: Clock;

  constructor(jetStream: JetStream, publisher: Publisher, clock: Clock) {
    this.#jetStream = jetStream;
    this.#publisher = publisher;
    this.#clock = clock;
  }

  /** Keeps a message; a second time for the same place it is kept once. */
  async bury(
    token: string,
    { group }: GroupSpec,
    {
      message,
      attempt,
      place,
      error,
    }: { readonly message: EngineMessage; readonly attempt: number; readonly place: string; readonly error: unknown },
  ): Promise<void> {
    const dead: Dead = {
      group,
      attempts: attempt,
      deadAt: this.#clock.wallTime(),
      error: messageOf(error).slice(0, longestError),
    };
    const headers = {
      ...cloudEventHeaders(message),
      [idHeader]: `${token}/${place}`,
      [header]: encodeURIComponent(JSON.stringify(dead).toWellFormed()),
    };
    await this.#publisher.publish(`${this.#jetStream.stream}.dead.${token}.${place}`, message.data, headers);
  }

  async list({ limit = 100, ...query }: DeadLetterQuery): Promise<readonly EngineDeadLetter[]> {
    const found = await this.#find({ ...query, limit });
    return found.map(({ letter }) => letter);
  }

  /** One after the other, so that those of one key keep their order. */
  async redrive(query: DeadLetterQuery): Promise<number> {
    const { stream } = this.#jetStream;
    const found = await this.#find(query);
    for (const { letter, seq, token } of found) {
      const { message } = letter;
      const subject = `${stream}.event.${lineOf(message.key)}.${token}.${eventSubject(message.event)}`;
      // Again after a failure it is known, and not delivered twice.
      const headers = { ...cloudEventHeaders(message), [idHeader]: `${token}/redrive/${seq}` };
      await this.#publisher.publish(subject, message.data, headers);
      await this.#jetStream.deleteDead(seq);
    }
    return found.length;
  }

  async discard(query: DeadLetterQuery): Promise<number> {
    const found = await this.#find(query);
    for (const { seq } of found) await this.#jetStream.deleteDead(seq);
    return found.length;
  }

  /** How many each group has, by its token. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const prefix = `${this.#jetStream.stream}.dead.`;
    const subjects = await this.#jetStream.deadSubjects(`${prefix}>`);
    const counts = new Map<string, number>();
    for (const [subject, count] of Object.entries(subjects)) {
      const [token = ""] = subject.slice(prefix.length).split(".");
      counts.set(token, (counts.get(token) ?? 0) + count);
    }
    return counts;
  }

  async #find({
    group,
    event,
    ids,
    limit = Number.POSITIVE_INFINITY,
  }: DeadLetterQuery): Promise<readonly FoundLetter[]> {
    const wanted = event === undefined ? () => true : compilePattern(event);
    const found: FoundLetter[] = [];
    if (limit <= 0) return found;
    for await (const stored of this.#jetStream.eachDead(`${this.#jetStream.stream}.dead.>`)) {
      const one = this.#read(stored);
      if (!one) continue;
      const { letter } = one;
      if (group !== undefined && letter.group !== group) continue;
      if (!wanted(letter.message.event) || (ids && !ids.includes(letter.message.id))) continue;
      found.push(one);
      if (found.length >= limit) break;
    }
    // Those that died first, as they were published: which of several died a moment earlier says little.
    return found.sort((a, b) => a.place - b.place);
  }

  #read({ subject, seq, data, header: headers, time }: StoredMsg): FoundLetter | undefined {
    const [token = "", place = ""] = subject.split(".").slice(-2);
    let dead: Dead;
    try {
      dead = JSON.parse(decodeURIComponent(headers.get(header))) as Dead;
    } catch {
      // Not one of ours.
      return undefined;
    }
    const message = cloudEvent({ data, headers }, { id: String(seq), event: "", time: time.getTime() });
    return { letter: { message, ...dead }, seq, place: Number.parseInt(place, 10), token };
  }
}
