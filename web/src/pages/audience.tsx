// Everyone who is targeted now: by policy and category, page by page, and who entered and left.
import { useEffect, useState } from "preact/hooks";
import { askLines, type AudienceChange, type AudienceRow, type AudienceSizes, Problem, type Stats } from "../api";
import { count, plural } from "../format";
import { setGone, told, useAnswer } from "../live";
import {
  Card,
  CategorySelect,
  Empty,
  Loading,
  Page,
  PolicySelect,
  Shown,
  Time,
  Trouble,
  useCategories,
} from "../parts";
import { address, setQuery, shopperAddress } from "../router";

const kRows = 50;
const kChanges = 200; // shown of those who entered and left
const kMostChanges = 5000; // read at a time
const kHour = 3_600_000;
const kEvery = 10_000; // ms

interface Rows {
  rows: AudienceRow[];
  next: string | null; // cursor
}

function useRows(path: string): { rows: Rows | null; problem: Problem | null; busy: boolean } {
  const [state, setState] = useState<{ path: string; rows: Rows | null; problem: Problem | null }>({
    path: "",
    rows: null,
    problem: null,
  });
  useEffect(() => {
    const stop = new AbortController();
    const rows: AudienceRow[] = [];
    let next: string | null = null;
    const take = (line: AudienceRow | { cursor: string }) => {
      next = "cursor" in line ? line.cursor : null;
      if (!("cursor" in line)) rows.push(line);
    };
    askLines(path, take, { signal: stop.signal }).then(
      () => {
        setGone(false);
        setState({ path, rows: { rows, next }, problem: null });
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const problem = told(error);
        if (problem) setState({ path, rows: null, problem });
      },
    );
    return () => stop.abort();
  }, [path]);
  return { ...state, busy: state.path !== path };
}

export function AudiencePage({ query }: { query: URLSearchParams }) {
  const policy = query.get("policy") ?? "default";
  const category = query.get("category") ?? "";
  const cursor = query.get("cursor");
  const { name } = useCategories();
  const stats = useAnswer<Stats>("/v1/stats", kEvery);
  const answer = useRows(address(["v1", "audience"], { policy, category, limit: kRows, cursor }));
  const sizes = stats.data?.audience[policy];
  return (
    <Page title="Audience" lead="Every shopper and category that the policy targets now.">
      <Card>
        <div class="row">
          <PolicySelect
            value={policy}
            onChange={(one) => setQuery({ policy: one === "default" ? null : one, cursor: null })}
          />
          <CategorySelect
            value={category}
            all="Every category"
            onChange={(one) => setQuery({ category: one || null, cursor: null })}
          />
          <a
            class="button"
            href={address(["v1", "audience"], { policy, category, format: "csv" })}
            download="audience.csv"
          >
            Export as CSV
          </a>
        </div>
        {sizes ? (
          <Sizes sizes={sizes} />
        ) : (
          stats.data &&
          !answer.problem && <p class="hint">The audience is counted once a minute; the first count is not done.</p>
        )}
      </Card>
      <div class="columns lead-left">
        <Card title={category ? `Targeted in ${name(category)}` : "Targeted now"} note="in no order">
          {answer.problem && <Trouble problem={answer.problem} />}
          <div aria-busy={answer.busy} class={answer.busy ? "before" : ""}>
            {answer.rows === null && !answer.problem && <Loading what="the audience" />}
            {answer.rows !== null && (
              <RowTable rows={answer.rows.rows} name={name} policy={policy} first={cursor === null} />
            )}
            {answer.rows !== null && (cursor !== null || answer.rows.next !== null) && (
              <nav class="pages" aria-label="Pages of the audience">
                {cursor !== null && <button onClick={() => setQuery({ cursor: null })}>First page</button>}
                {answer.rows.next !== null && (
                  <button class="primary" onClick={() => setQuery({ cursor: answer.rows!.next })}>
                    Next page
                  </button>
                )}
              </nav>
            )}
          </div>
        </Card>
        <div class="stack">
          {sizes && <ByCategory sizes={sizes} name={name} chosen={category} />}
          {sizes && (
            <Changes
              key={policy}
              policy={policy}
              asOf={sizes.as_of}
              startedAt={stats.data?.started_at ?? sizes.as_of}
              category={category}
              name={name}
            />
          )}
        </div>
      </div>
    </Page>
  );
}

function Sizes({ sizes }: { sizes: AudienceSizes }) {
  return (
    <p class="sizes">
      <strong>{count(sizes.users)}</strong> {sizes.users === 1 ? "shopper" : "shoppers"} in{" "}
      <strong>{count(sizes.pairs)}</strong> {sizes.pairs === 1 ? "pair" : "pairs"} of shopper and category; in the last
      look <strong>{count(sizes.entered)}</strong> entered and <strong>{count(sizes.left)}</strong> left.{" "}
      {`${plural(sizes.suppressed, "pair is", "pairs are")} kept out by a purchase.`}{" "}
      <span class="hint">
        Counted <Time at={sizes.as_of} ago />.
      </span>
    </p>
  );
}

function RowTable({
  rows,
  name,
  policy,
  first,
}: {
  rows: AudienceRow[];
  name: (id: string) => string;
  policy: string;
  first: boolean;
}) {
  if (rows.length === 0) return <Empty>{first ? "Nobody is targeted here now." : "There is nobody more."}</Empty>;
  const linked = policy === "default" ? null : policy;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Audience">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Shopper</th>
            <th scope="col">Category</th>
            <th scope="col" class="number">
              Searches
            </th>
            <th scope="col">Newest search</th>
            <th scope="col">Until</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.user_id} ${row.category_id}`}>
              <td>
                <a href={shopperAddress(row.user_id, null, linked)}>{row.user_id}</a>
              </td>
              <td>
                <a href={shopperAddress(row.user_id, row.category_id, linked)}>{name(row.category_id)}</a>
              </td>
              <td class="number">{count(row.searches)}</td>
              <td class="nowrap">
                <Time at={row.last_search_at} ago />
              </td>
              <td class="nowrap">
                {row.next_change_at === null ? "an event comes" : <Time at={row.next_change_at} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ByCategory({ sizes, name, chosen }: { sizes: AudienceSizes; name: (id: string) => string; chosen: string }) {
  const all = Object.entries(sizes.by_category).sort((a, b) => b[1] - a[1]);
  const most = all[0]?.[1] ?? 1;
  if (all.length === 0) return null;
  return (
    <Card title="By category">
      <ul class="bars">
        {all.map(([id, pairs]) => (
          <li key={id}>
            <a
              href={address(["audience"], { category: id, policy: new URLSearchParams(location.search).get("policy") })}
              aria-current={id === chosen ? "true" : undefined}
            >
              <span>{name(id)}</span>
              <meter min={0} max={most} value={pairs} aria-hidden="true" />
              <span class="number">{count(pairs)}</span>
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

// The changes of the last hour, or of as much of it as is kept and can be shown.
async function recentChanges(
  policy: string,
  asOf: string,
  startedAt: string,
  signal: AbortSignal,
): Promise<{ changes: AudienceChange[]; since: string }> {
  const asked = Date.parse(asOf);
  // Nothing is kept of before the first look, which comes soon after the start.
  let back = Math.min(kHour, (asked - Date.parse(startedAt)) * 0.9);
  for (;;) {
    const since = new Date(asked - Math.floor(back)).toISOString();
    const changes: AudienceChange[] = [];
    const take = (line: AudienceChange | { since: string }) => {
      if ("since" in line) return;
      return changes.push(line) < kMostChanges ? undefined : ("stop" as const);
    };
    try {
      await askLines(address(["v1", "audience", "changes"], { policy, since }), take, { signal });
      if (changes.length < kMostChanges || back < 1000) return { changes: changes.reverse(), since };
      back /= 2;
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 410 || back === 0) throw error;
      back = 0;
    }
  }
}

function Changes({
  policy,
  asOf,
  startedAt,
  category,
  name,
}: {
  policy: string;
  asOf: string;
  startedAt: string;
  category: string;
  name: (id: string) => string;
}) {
  const [state, setState] = useState<{ changes: AudienceChange[]; since: string } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    recentChanges(policy, asOf, startedAt, stop.signal).then(
      (told) => {
        setState(told);
        setProblem(null);
      },
      (error: unknown) => !stop.signal.aborted && setProblem(told(error)),
    );
    return () => stop.abort();
  }, [policy, asOf, startedAt]);
  const shown = (state?.changes ?? [])
    .filter((one) => category === "" || one.category_id === category)
    .slice(0, kChanges);
  return (
    <Card
      title="Entered and left"
      note={
        state && (
          <>
            since <Time at={state.since} />
          </>
        )
      }
    >
      <Shown answer={{ data: state, problem, busy: false }} what="the changes">
        {() =>
          shown.length === 0 ? (
            <Empty>Nobody entered or left since then.</Empty>
          ) : (
            <ul class="changes">
              {shown.map((one, at) => (
                <li key={at} class={`is-${one.change}`}>
                  <span class="change-word">
                    <span aria-hidden="true">{one.change === "entered" ? "+" : "−"}</span> {one.change}
                  </span>
                  <a href={shopperAddress(one.user_id, one.category_id)}>{one.user_id}</a> in {name(one.category_id)}
                  <span class="hint">
                    <Time at={one.as_of} ago />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}
