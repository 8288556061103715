// What the pages are put together from.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Categories, Problem } from "./api";
import { initials, localTime, span, utc } from "./format";
import { useAnswer, useNow } from "./live";
import { setQuery } from "./router";

type Children = { children?: ComponentChildren };

// The title of a page; it takes the focus when one comes from another page, so that a screen reader tells it.
export function Page({
  title,
  lead,
  wide,
  children,
}: { title: string; lead?: ComponentChildren; wide?: ComponentChildren } & Children) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · adirect`;
    if (document.activeElement === document.body || document.activeElement?.tagName === "A") {
      if (document.body.dataset.moved) heading.current?.focus({ preventScroll: true });
      document.body.dataset.moved = "yes";
    }
  }, [title]);
  return (
    <main id="content">
      <header class="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {wide}
      </header>
      {children}
    </main>
  );
}

export function Card({
  title,
  note,
  children,
  className = "",
}: { title?: ComponentChildren; note?: ComponentChildren; className?: string } & Children) {
  return (
    <section class={`card ${className}`}>
      {title && (
        <div class="card-head">
          <h2>{title}</h2>
          {note && <div class="note">{note}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

// An instant in the reader's time, with UTC on hover.
export function Time({ at, ago = false }: { at: string; ago?: boolean }) {
  return (
    <time dateTime={at} title={utc(at)}>
      {ago ? <Ago at={at} /> : localTime(at)}
    </time>
  );
}

function Ago({ at }: { at: string }) {
  const passed = useNow() - Date.parse(at);
  return <>{passed < 1500 ? "just now" : `${span(passed)} ago`}</>;
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="empty" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what} …
    </p>
  );
}

export function Empty({ children }: Children) {
  return <p class="empty">{children}</p>;
}

export function Trouble({ problem }: { problem: Problem }) {
  return (
    <p class="trouble" role="alert">
      {sentence(problem)}
    </p>
  );
}

export function sentence(problem: Problem): string {
  const text = problem.message.charAt(0).toUpperCase() + problem.message.slice(1);
  const role = problem.status === 403 ? " Sign in with another key at the top of the page." : "";
  return (/[.!?]$/.test(text) ? text : `${text}.`) + role;
}

// Data that is there, or what is said instead of it.
export function Shown<T>({
  answer,
  what,
  children,
}: {
  answer: { data: T | null; problem: Problem | null; busy: boolean };
  what: string;
  children: (data: T) => ComponentChildren;
}) {
  return (
    <div aria-busy={answer.busy} class={answer.busy ? "before" : ""}>
      {answer.problem && <Trouble problem={answer.problem} />}
      {answer.data !== null ? children(answer.data) : !answer.problem && <Loading what={what} />}
    </div>
  );
}

export function Field({
  label,
  hint,
  mistake,
  children,
}: {
  label: string;
  hint?: string;
  mistake?: string | undefined;
  children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ComponentChildren;
}) {
  const id = useId();
  const help = mistake || hint ? `${id}-help` : undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, ...(help ? { "aria-describedby": help } : {}), ...(mistake ? { "aria-invalid": true } : {}) })}
      {mistake ? (
        <p class="mistake" id={help}>
          {mistake}
        </p>
      ) : (
        hint && (
          <p class="hint" id={help}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

// ---- categories

export function useCategories(): { known: Categories["categories"]; name: (id: string) => string; loaded: boolean } {
  const { data } = useAnswer<Categories>("/v1/categories", 60_000);
  const known = data?.categories ?? [];
  return { known, name: (id) => known.find((one) => one.category_id === id)?.name ?? id, loaded: data !== null };
}

export function CategorySelect({
  value,
  all,
  onChange,
}: {
  value: string;
  all: string;
  onChange: (id: string) => void;
}) {
  const { known } = useCategories();
  const options =
    known.some((one) => one.category_id === value) || value === "" ? known : [{ category_id: value }, ...known];
  return (
    <Field label="Category">
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">{all}</option>
          {options.map((one) => (
            <option key={one.category_id} value={one.category_id}>
              {"name" in one && one.name ? `${one.name} (${one.category_id})` : one.category_id}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

// How many rows the address asks for: one of `limits`, the first where it names none of them.
export function rowsOf(query: URLSearchParams, limits: readonly string[]): string {
  return limits.find((one) => one === query.get("limit")) ?? limits[0]!;
}

export function RowsSelect({ value, limits }: { value: string; limits: readonly string[] }) {
  return (
    <Field label="Rows">
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => setQuery({ limit: event.currentTarget.value })}>
          {limits.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function PolicySelect({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const { data } = useAnswer<{ policies: { name: string }[] }>("/v1/policies");
  const names = new Set([...(data?.policies.map((policy) => policy.name) ?? []), value]);
  return (
    <Field label="Policy">
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {[...names].sort().map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

// ---- products

// A picture only where it is this server's own: a page asks nobody else for anything.
export function Picture({ url, title }: { url?: string | undefined; title: string }) {
  const own =
    url !== undefined && URL.canParse(url, location.href) && new URL(url, location.href).origin === location.origin;
  if (own) return <img class="picture" src={url} alt="" width={44} height={44} loading="lazy" />;
  return (
    <span class={`picture tone-${tone(title)}`} aria-hidden="true">
      {initials(title)}
    </span>
  );
}

function tone(text: string): number {
  let sum = 0;
  for (const letter of text.replace(/[^\p{L}]/gu, "")) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}

export function State({ ok, children }: { ok: boolean } & Children) {
  return <span class={`pill ${ok ? "yes" : "no"}`}>{children}</span>;
}
