/** One call on its way to an app. */
export interface RemoteCall {
  readonly service: string;
  readonly action: string;
  /** JSON; null without an input. */
  readonly body: string | null;
  /** Those of the caller: of a trace, a token. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long the caller waits, in whole milliseconds: what the app is told. */
  readonly timeout: number;
  /** Bytes that the answer may have. */
  readonly answerLimit: number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** What came back: of HTTP, or said in its words. */
export interface RemoteAnswer {
  readonly status: number;
  readonly isJson: boolean;
  /** Undefined where it is longer than may be. */
  readonly text: string | undefined;
  /** Where it says to go instead. */
  readonly location?: string | undefined;
}

/** What takes calls to an app. */
export interface RemoteTransport {
  /** Where a call goes, for errors. */
  urlOf(service: string, action: string): URL;
  /** Rejects where there is no answer; what is no error of Pawl is told as a ConnectionError then. */
  send(call: RemoteCall): Promise<RemoteAnswer>;
}
