// Policies: every key with its meaning, what a change would do before it is made, and the change.
import { useEffect, useState } from "preact/hooks";
import { ask, askLines, type Policies, type Preview, Problem } from "../api";
import { count, percent, plural } from "../format";
import { setGone, told, useAnswer } from "../live";
import { Card, Empty, Field, Loading, Page, sentence, Shown, Trouble, useCategories } from "../parts";
import {
  isPolicyName,
  kEvents,
  kGroups,
  kKeys,
  mistakesIn,
  parsePolicy,
  type Policy,
  type PolicyKey,
  printPolicy,
  standardPolicy,
} from "../policy";
import { address, setQuery, shopperAddress } from "../router";

const kWait = 400; // ms after the last change, before a preview is asked for

export function PoliciesPage({ query }: { query: URLSearchParams }) {
  const name = query.get("name") ?? "default";
  const list = useAnswer<Policies>("/v1/policies");
  return (
    <Page title="Policies" lead="Who is targeted, and with what. A change acts on the next answer.">
      <Shown answer={list} what="the policies">
        {(data) => (
          <nav class="tabs" aria-label="Policies">
            {data.policies.map((one) => (
              <a
                key={one.name}
                href={address(["policies"], { name: one.name })}
                aria-current={one.name === name ? "page" : undefined}
              >
                {one.name}
              </a>
            ))}
            <NewName />
          </nav>
        )}
      </Shown>
      <Editor
        key={name}
        name={name}
        known={list.data?.policies.some((one) => one.name === name) ?? null}
        applied={list.reload}
      />
    </Page>
  );
}

function NewName() {
  const [name, setName] = useState("");
  const [mistake, setMistake] = useState<string>();
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isPolicyName(name)) return setMistake("1 to 64 of a–z, 0–9, - and _.");
    setName("");
    setMistake(undefined);
    setQuery({ name });
  };
  return (
    <form class="row inline" onSubmit={submit}>
      <Field label="A new one" mistake={mistake}>
        {(attributes) => (
          <input
            {...attributes}
            value={name}
            placeholder="name"
            autocomplete="off"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <button>Begin</button>
    </form>
  );
}

// The stored policy; a name that there is not begins with the standard values.
function useStored(name: string): {
  stored: Policy | null;
  isNew: boolean;
  problem: Problem | null;
  take: (stored: Policy) => void;
} {
  const [state, setState] = useState<{ stored: Policy | null; isNew: boolean; problem: Problem | null }>({
    stored: null,
    isNew: false,
    problem: null,
  });
  const take = (stored: Policy) => setState({ stored, isNew: false, problem: null });
  useEffect(() => {
    const stop = new AbortController();
    ask(address(["v1", "policies", name]), { signal: stop.signal })
      .then((response) => response.text())
      .then(
        (text) => take(parsePolicy(text)),
        (error: unknown) => {
          if (stop.signal.aborted) return;
          if (error instanceof Problem && error.status === 404 && isPolicyName(name))
            return setState({ stored: standardPolicy(), isNew: true, problem: null });
          const problem = told(error);
          if (problem) setState((before) => ({ ...before, problem }));
        },
      );
    return () => stop.abort();
  }, [name]);
  return { ...state, take };
}

// What the address says differs from the stored policy, so that a draft survives a reload and can be shared.
function draftOf(stored: Policy): Policy {
  const query = new URLSearchParams(location.search);
  return {
    ...stored,
    ...Object.fromEntries(kKeys.filter(({ key }) => query.has(key)).map(({ key }) => [key, query.get(key) ?? ""])),
  };
}

function Editor({ name, known, applied }: { name: string; known: boolean | null; applied: () => void }) {
  const { stored, isNew, problem, take } = useStored(name);
  if (!isPolicyName(name))
    return <Empty>“{name}” cannot be a policy's name: it has 1 to 64 of a–z, 0–9, - and _.</Empty>;
  if (problem) return <Trouble problem={problem} />;
  if (!stored) return <Loading what={`the policy ${name}`} />;
  return <Form name={name} stored={stored} isNew={isNew && known !== true} applied={(now) => (take(now), applied())} />;
}

function Form({
  name,
  stored,
  isNew,
  applied,
}: {
  name: string;
  stored: Policy;
  isNew: boolean;
  applied: (now: Policy) => void;
}) {
  const [draft, setDraft] = useState(() => draftOf(stored));
  const [refused, setRefused] = useState<Problem | null>(null);
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const changed = kKeys.filter(({ key }) => draft[key] !== stored[key]);
  const sound = Object.keys(mistakesIn(draft)).length === 0;
  const active = sound && (changed.length > 0 || isNew);
  const { preview, busy: busyPreview, problem: foreseen } = usePreview(name, printPolicy(name, draft).text, active);
  const problem = active ? (refused ?? foreseen) : null;
  const mistakes = { ...mistakesOf(problem, name, draft), ...mistakesIn(draft) };

  const change = (key: string, value: string) => {
    setDraft((before) => ({ ...before, [key]: value }));
    setRefused(null);
    setDone(false);
    setQuery({ [key]: value === stored[key] ? null : value }, "replace");
  };
  const undo = () => {
    setDraft(stored);
    setRefused(null);
    setQuery(Object.fromEntries(kKeys.map(({ key }) => [key, null])), "replace");
  };
  const apply = async (event: Event) => {
    event.preventDefault();
    if (!sound) return;
    setBusy(true);
    try {
      const answer = await ask(address(["v1", "policies", name]), {
        method: "PUT",
        headers: { "Content-Type": "application/toml" },
        body: printPolicy(name, draft).text,
      });
      setGone(false);
      setRefused(null);
      setDone(true);
      setQuery(Object.fromEntries(kKeys.map(({ key }) => [key, null])), "replace");
      const now = parsePolicy(await answer.text()); // as the server prints it: 72h is 3d
      setDraft(now);
      applied(now);
    } catch (error) {
      setRefused(told(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="columns lead-left" onSubmit={(event) => void apply(event)} noValidate>
      <div class="stack">
        {kGroups.map(([table, title]) => (
          <Card key={table} title={title} note={<code>[{table}]</code>}>
            <div class="fields">
              {kKeys
                .filter(({ key }) => key.startsWith(`${table}.`))
                .map((key) => (
                  <KeyField
                    key={key.key}
                    of={key}
                    value={draft[key.key] ?? ""}
                    stored={isNew ? null : (stored[key.key] ?? "")}
                    mistake={mistakes[key.key]}
                    onChange={(value) => change(key.key, value)}
                  />
                ))}
            </div>
          </Card>
        ))}
      </div>
      <div class="stack beside">
        <Card
          title={isNew ? `New: ${name}` : name}
          note={changed.length > 0 ? plural(changed.length, "change") : isNew ? "not stored yet" : "as stored"}
        >
          <PreviewOf preview={preview} busy={busyPreview} active={active && !problem} />
          {problem && <Refusal problem={problem} />}
          {!sound && (
            <p class="mistake" role="status">
              {sentence(new Problem(0, "Mend what is marked, then it can be applied"))}
            </p>
          )}
          {done && changed.length === 0 && (
            <p class="success" role="status">
              Applied: every answer follows it from now on.
            </p>
          )}
          <div class="row">
            <button type="submit" class="primary" disabled={busy || !sound || (changed.length === 0 && !isNew)}>
              Apply
            </button>
            <button type="button" onClick={undo} disabled={changed.length === 0}>
              Undo changes
            </button>
          </div>
          <details>
            <summary>As a file</summary>
            <pre class="toml">{printPolicy(name, draft).text}</pre>
          </details>
        </Card>
      </div>
    </form>
  );
}

// What the server refused, at the fields that it named: by key, by line, or as the beginning of its sentence.
function mistakesOf(refused: Problem | null, name: string, draft: Policy): Record<string, string> {
  if (!refused) return {};
  const { keys } = printPolicy(name, draft);
  const found: Record<string, string> = {};
  for (const { line, key, message } of refused.mistakes) {
    const at = key ?? (line !== undefined ? keys[line - 1] : undefined);
    if (at) found[at] = message;
  }
  const [, key, message] = /^(\w+\.\w+): (.*)/.exec(refused.message) ?? [];
  if (key && message && refused.mistakes.length === 0) found[key] = message;
  return found;
}

// All that is wrong, also what no field is to blame for.
function Refusal({ problem }: { problem: Problem }) {
  if (problem.mistakes.length === 0) return <Trouble problem={problem} />;
  return (
    <ul class="trouble" role="alert">
      {problem.mistakes.map((one, at) => (
        <li key={at}>
          {one.key && <code>{one.key}: </code>}
          {one.message}
        </li>
      ))}
    </ul>
  );
}

function KeyField({
  of,
  value,
  stored,
  mistake,
  onChange,
}: {
  of: PolicyKey;
  value: string;
  stored: string | null;
  mistake: string | undefined;
  onChange: (value: string) => void;
}) {
  const hint = stored !== null && value !== stored ? `Stored: ${stored}. ${of.hint}` : of.hint;
  if (of.kind === "events") {
    const chosen = value
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean);
    const toggle = (event: string, on: boolean) =>
      onChange(kEvents.filter((one) => (one === event ? on : chosen.includes(one))).join(","));
    return (
      <fieldset class="field" aria-describedby={`${of.key}-help`}>
        <legend>{of.label}</legend>
        <div class="checks">
          {kEvents.map((event) => (
            <label key={event}>
              <input
                type="checkbox"
                name={event}
                checked={chosen.includes(event)}
                onChange={(e) => toggle(event, e.currentTarget.checked)}
              />{" "}
              {event}
            </label>
          ))}
        </div>
        <p id={`${of.key}-help`} class={mistake ? "mistake" : "hint"}>
          {mistake ?? hint}
        </p>
      </fieldset>
    );
  }
  return (
    <Field label={of.label} hint={hint} mistake={mistake}>
      {(attributes) =>
        of.kind === "boolean" ? (
          <select {...attributes} name={of.key} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
            <option value="true">yes</option>
            <option value="false">no</option>
          </select>
        ) : (
          <input
            {...attributes}
            name={of.key}
            value={value}
            autocomplete="off"
            spellcheck={false}
            inputMode={of.kind === "count" || of.kind === "positive" ? "numeric" : "text"}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
        )
      }
    </Field>
  );
}

// ---- who would enter and leave

function usePreview(
  name: string,
  text: string,
  active: boolean,
): { preview: Preview | null; problem: Problem | null; busy: boolean } {
  const [state, setState] = useState<{ text: string; preview: Preview | null; problem: Problem | null }>({
    text: "",
    preview: null,
    problem: null,
  });
  useEffect(() => {
    if (!active) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      askLines<Preview>(
        address(["v1", "policies", name, "preview"]),
        (preview) => setState({ text, preview, problem: null }),
        { method: "POST", headers: { "Content-Type": "application/toml" }, body: text, signal: stop.signal },
      ).then(
        () => setGone(false),
        (error: unknown) => {
          if (stop.signal.aborted) return;
          const problem = told(error);
          if (problem) setState({ text, preview: null, problem });
        },
      );
    }, kWait);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [name, text, active]);
  return { ...state, busy: state.text !== text };
}

function PreviewOf({ preview, busy, active }: { preview: Preview | null; busy: boolean; active: boolean }) {
  const { name: categoryName } = useCategories();
  if (!active)
    return <p class="hint">Change something, and this says who would enter and who would leave the audience.</p>;
  if (!preview) return <Loading what="who would enter and leave" />;
  return (
    <div class={`preview ${busy ? "before" : ""}`} aria-live="polite" aria-busy={busy}>
      <dl class="figures small">
        <div class="figure">
          <dt>Audience now</dt>
          <dd class="value">{count(preview.now.pairs)}</dd>
        </div>
        <div class="figure">
          <dt>Then</dt>
          <dd class="value">{count(preview.then.pairs)}</dd>
        </div>
        <div class="figure is-entered">
          <dt>Enter</dt>
          <dd class="value">+{count(preview.enter)}</dd>
        </div>
        <div class="figure is-left">
          <dt>Leave</dt>
          <dd class="value">−{count(preview.leave)}</dd>
        </div>
      </dl>
      <p class="hint">
        {preview.exact
          ? "Exact: every shopper was looked at. Counted in pairs of shopper and category."
          : `An estimate from ${percent(preview.walked)} of the shoppers; the rest is being looked at.`}
      </p>
      <Some title="Would enter" pairs={preview.entering} name={categoryName} />
      <Some title="Would leave" pairs={preview.leaving} name={categoryName} />
    </div>
  );
}

function Some({ title, pairs, name }: { title: string; pairs: Preview["entering"]; name: (id: string) => string }) {
  if (pairs.length === 0) return null;
  return (
    <details>
      <summary>
        {title}: {pairs.length === 20 ? "the first 20" : "all"}
      </summary>
      <ul class="changes">
        {pairs.map((one) => (
          <li key={`${one.user_id} ${one.category_id}`}>
            <a href={shopperAddress(one.user_id, one.category_id)}>{one.user_id}</a> in {name(one.category_id)}
          </li>
        ))}
      </ul>
    </details>
  );
}
