// Asking the API: what it answers, what it refuses with, and that it is not there at all.
import type { components } from "./openapi";

type Schemas = components["schemas"];
export type Decision = Schemas["Decision"];
export type CategoryDecision = Schemas["CategoryDecision"];
export type Clause = Schemas["Clause"];
export type Recommendation = Schemas["Recommendation"];
export type AudienceRow = Schemas["AudienceRow"];
export type AudienceChange = Schemas["AudienceChange"];
export type Categories = Schemas["Categories"];
export type Popular = Schemas["Popular"];
export type Policies = Schemas["Policies"];
export type Reason = Schemas["Reason"];
export type KeptEvent = Schemas["KeptEvent"];
export type User = Schemas["User"];
export type Searches = Schemas["Searches"];
export type Search = Searches["searches"][number];
export type Stats = Schemas["Stats"];
export type Stage = Schemas["Stage"];
export type AudienceSizes = Schemas["AudienceSizes"];
export type History = Schemas["History"];
export type Preview = Schemas["Preview"];
export type Quarantine = Schemas["Quarantine"];
export type Session = Schemas["Session"];
export type PolicyMistake = NonNullable<Schemas["Problem"]["errors"]>[number];

// What the API refused with.
export class Problem extends Error {
  readonly status: number;
  readonly field: string | undefined;
  readonly mistakes: PolicyMistake[];

  constructor(status: number, detail: string, field?: string, mistakes: PolicyMistake[] = []) {
    super(detail);
    this.status = status;
    this.field = field;
    this.mistakes = mistakes;
  }
}

// The server did not answer.
export class Gone extends Error {}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => "");
  try {
    const told = JSON.parse(text) as { title?: string; detail?: string; field?: string; errors?: PolicyMistake[] };
    return new Problem(response.status, told.detail ?? told.title ?? response.statusText, told.field, told.errors);
  } catch {
    return new Problem(response.status, text || response.statusText || `status ${response.status}`);
  }
}

// The answer of a request that was granted; Problem or Gone where it was not.
export async function ask(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Gone("the server does not answer");
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export async function askJson<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await ask(path, init)).json()) as T;
}

// Cuts pieces of text into lines.
export class Lines {
  private rest = "";

  add(piece: string): string[] {
    const lines = (this.rest + piece).split("\n");
    this.rest = lines.pop() ?? "";
    return lines.filter((line) => line !== "");
  }
}

// Calls `each` with every line of an NDJSON answer as it comes, until it says "stop".
export async function askLines<T>(path: string, each: (line: T) => "stop" | void, init?: RequestInit): Promise<void> {
  const response = await ask(path, init);
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const lines = new Lines();
  for (;;) {
    const { done, value } = await reader.read();
    for (const line of lines.add(done ? "\n" : value)) {
      if (each(JSON.parse(line) as T) === "stop") {
        await reader.cancel();
        return;
      }
    }
    if (done) return;
  }
}
