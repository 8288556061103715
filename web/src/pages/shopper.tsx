// One shopper, in all categories or in one: what is decided and why, what to show, what happened; live.
import { useEffect, useRef, useState } from "preact/hooks";
import {
  askJson,
  type CategoryDecision,
  type Clause,
  type Decision,
  type KeptEvent,
  Problem,
  type Recommendation,
  type User,
} from "../api";
import { countdown, plural, span } from "../format";
import { setGone, setServerTime, told, useNow, useStream } from "../live";
import { Card, Empty, Loading, Page, Picture, PolicySelect, State, Time, Trouble, useCategories } from "../parts";
import { address, isReachable, setQuery, shopperAddress } from "../router";
import { isTimeClause, kEventWords, kReasons, kSources, needs } from "../words";

const kShown = 40; // events of the timeline, at first
const kEvery = 5000; // ms between two questions where nothing is told

interface Kept {
  user: User | null; // null: nothing is kept
}

// What is kept of the shopper, asked again whenever the decision changes.
function useKept(id: string, version: unknown): { kept: Kept | null; problem: Problem | null } {
  const [state, setState] = useState<{ kept: Kept | null; problem: Problem | null }>({ kept: null, problem: null });
  useEffect(() => {
    const stop = new AbortController();
    askJson<User>(`/v1/users/${encodeURIComponent(id)}`, { signal: stop.signal }).then(
      (user) => setState({ kept: { user }, problem: null }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        if (error instanceof Problem && error.status === 404) return setState({ kept: { user: null }, problem: null });
        const problem = told(error);
        if (problem) setState((before) => ({ ...before, problem }));
      },
    );
    return () => stop.abort();
  }, [id, version]);
  return state;
}

// The decision as the stream tells it, or, where a server has none, as it is asked for again and again; what is wrong
// with the question comes from asking, too.
function useDecision(
  id: string,
  category: string | null,
  policy: string,
): { decision: Decision | null; problem: Problem | null } {
  const [state, setState] = useState<{ decision: Decision | null; problem: Problem | null }>({
    decision: null,
    problem: null,
  });
  const streamed = useRef(false);
  const take = (decision: Decision) => {
    setServerTime(decision.as_of);
    setState({ decision, problem: null });
  };
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const path = address(["v1", "users", id, "explain"], { category, policy });
    const ask = () =>
      askJson<Decision>(path, { signal: stop.signal }).then(
        (decision) => {
          setGone(false);
          take(decision);
          timer = setTimeout(() => !streamed.current && void ask(), kEvery);
        },
        (error: unknown) => {
          if (stop.signal.aborted) return;
          const problem = told(error);
          if (problem) setState({ decision: null, problem });
        },
      );
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id, category, policy]);
  useStream(state.problem ? null : address(["v1", "stream"], { user: id, category, policy }), {
    decision: (data) => {
      streamed.current = true;
      take(JSON.parse(data) as Decision);
    },
  });
  return state;
}

export function ShopperPage({ id, category, query }: { id: string; category: string | null; query: URLSearchParams }) {
  if (!isReachable(id) || (category !== null && !isReachable(category))) {
    return (
      <Page title="One shopper">
        <Empty>A browser cannot ask for “.” or “..”: it reads them as folders. The API's other clients can.</Empty>
      </Page>
    );
  }
  const policy = query.get("policy") ?? "default";
  return <Shopper key={address([id, category ?? "", policy])} id={id} category={category} policy={policy} />;
}

function Shopper({ id, category, policy }: { id: string; category: string | null; policy: string }) {
  const { decision, problem } = useDecision(id, category, policy);
  const { kept, problem: keptProblem } = useKept(id, decision);
  const { name } = useCategories();
  const title = kept?.user?.user_name ?? id;
  const link = (one: string | null) => shopperAddress(id, one, policy === "default" ? null : policy);
  return (
    <Page
      title={category === null ? title : `${title} in ${name(category)}`}
      lead={
        <>
          Shopper <code>{id}</code>
          {category !== null && (
            <>
              {" "}
              · category <code>{category}</code> · <a href={link(null)}>All categories of this shopper</a>
            </>
          )}
        </>
      }
      wide={<PolicySelect value={policy} onChange={(one) => setQuery({ policy: one === "default" ? null : one })} />}
    >
      {problem && <Trouble problem={problem} />}
      {keptProblem && <Trouble problem={keptProblem} />}
      {!decision && !problem && <Loading what="the decision" />}
      {decision && <Verdict decision={decision} category={category} name={name} />}
      <div class="columns lead-left">
        <div class="stack">
          {decision && category === null && decision.recommendations.length > 0 && (
            <Card title="To show now" note="over all targeted categories">
              <Products list={decision.recommendations} name={name} />
            </Card>
          )}
          {decision &&
            decision.reason !== "unknown_user" &&
            decision.categories.map((one, at) => (
              <CategoryCard
                key={one.category_id}
                decision={one}
                asOf={decision.as_of}
                name={name}
                link={category === null ? link(one.category_id) : null}
                open={at === 0}
              />
            ))}
        </div>
        <Card
          title="Timeline"
          note={category === null ? "searches and purchases, newest first" : `in ${name(category)}, newest first`}
        >
          {kept === null && !keptProblem && <Loading what="the timeline" />}
          {kept && <Timeline user={kept.user} category={category} name={name} />}
        </Card>
      </div>
    </Page>
  );
}

function Verdict({
  decision,
  category,
  name,
}: {
  decision: Decision;
  category: string | null;
  name: (id: string) => string;
}) {
  const targeted = decision.categories.filter((one) => one.targeted);
  const first = decision.categories[0];
  const where = targeted.map((one) => name(one.category_id)).join(", ");
  return (
    <section
      class={`card verdict ${decision.targeted ? "yes" : "no"}`}
      aria-live="polite"
      data-targeted={decision.targeted}
    >
      <p class="verdict-word">{decision.targeted ? "Targeted" : "Not targeted"}</p>
      <p class="verdict-why">
        {decision.reason === "unknown_user"
          ? `Nobody knows a shopper “${decision.user_id}”: no event that is kept names this id.`
          : decision.targeted
            ? `Keeps searching ${where} and has not bought there.`
            : `${kReasons[decision.reason]}${first && category === null ? ` (${name(first.category_id)})` : ""}.`}
      </p>
      {first && <Change decision={first} />}
    </section>
  );
}

// When the answer will change by time alone, counting down.
function Change({ decision }: { decision: CategoryDecision }) {
  const now = useNow();
  if (decision.next_change_at === null) {
    return (
      <p class="change">
        {decision.targeted ? "Stays so until an event comes." : "Time alone will not change this: it takes an event."}
      </p>
    );
  }
  return (
    <p class="change">
      {decision.targeted ? "Unless something happens, silent in " : "Targeted again in "}
      <strong class="countdown" role="timer">
        {countdown(Date.parse(decision.next_change_at) - now)}
      </strong>
      , on <Time at={decision.next_change_at} />
    </p>
  );
}

function CategoryCard({
  decision,
  asOf,
  name,
  link,
  open,
}: {
  decision: CategoryDecision;
  asOf: string;
  name: (id: string) => string;
  link: string | null;
  open: boolean;
}) {
  const title = name(decision.category_id);
  const shown = decision.recommendations ?? [];
  return (
    <Card
      className={decision.targeted ? "category yes" : "category no"}
      title={link ? <a href={link}>{title}</a> : title}
      note={<State ok={decision.targeted}>{decision.targeted ? "targeted" : "not targeted"}</State>}
    >
      <p>
        {kReasons[decision.reason]}.{" "}
        <span class="hint">
          {plural(decision.searches, "search", "searches")} count{decision.searches === 1 ? "s" : ""}
          {decision.last_search_at && (
            <>
              , the newest <Time at={decision.last_search_at} ago />
            </>
          )}
          .
        </span>
      </p>
      {link !== null && <Change decision={decision} />}
      <details open={open}>
        <summary>{decision.targeted ? "Why, clause by clause" : "Why not, clause by clause"}</summary>
        <Clauses clauses={decision.clauses ?? []} asOf={asOf} />
      </details>
      {shown.length > 0 && (
        <details open={link === null}>
          <summary>
            What to show in {title}: {plural(shown.length, "product")}
          </summary>
          <Products list={shown} />
        </details>
      )}
    </Card>
  );
}

function Clauses({ clauses, asOf }: { clauses: Clause[]; asOf: string }) {
  return (
    <table class="clauses">
      <thead>
        <tr>
          <th scope="col">The policy asks for</th>
          <th scope="col">The shopper has</th>
          <th scope="col">Holds</th>
        </tr>
      </thead>
      <tbody>
        {clauses.map((clause) => (
          <tr key={clause.name} data-clause={clause.name}>
            <th scope="row">
              {needs(clause)}
              <code class="id">{clause.name}</code>
            </th>
            <td>
              <Actual clause={clause} asOf={asOf} />
            </td>
            <td class={clause.holds ? "holds" : "fails"}>
              <span aria-hidden="true">{clause.holds ? "✓" : "✗"}</span> {clause.holds ? "yes" : "no"}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Actual({ clause, asOf }: { clause: Clause; asOf: string }) {
  const now = useNow();
  if (clause.actual === null) return <>none</>;
  if (!isTimeClause(clause)) return <>{clause.actual}</>;
  const at = Date.parse(asOf) - clause.actual;
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toISOString()}>
      {span(now - at)} ago
    </time>
  );
}

function Products({ list, name }: { list: Recommendation[]; name?: (id: string) => string }) {
  return (
    <ol class="products">
      {list.map((one) => {
        const title = one.product?.title ?? one.product_id;
        return (
          <li key={`${one.category_id} ${one.product_id}`} value={one.rank}>
            <span class="rank">{one.rank}</span>
            <Picture url={one.product?.image_url} title={title} />
            <span class="product">
              <span class="title">{title}</span>
              <span class="hint">
                {one.product?.price && `${one.product.price} ${one.product.currency ?? ""} · `}
                {name && `${name(one.category_id)} · `}
                {title !== one.product_id && <code>{one.product_id}</code>}
              </span>
            </span>
            <span class={`source is-${one.source}`}>{kSources[one.source]}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Timeline({
  user,
  category,
  name,
}: {
  user: User | null;
  category: string | null;
  name: (id: string) => string;
}) {
  const [all, setAll] = useState(false);
  const events = user
    ? [...user.interests, ...user.purchases, ...user.refunds].filter(
        (event) => category === null || event.category_id === category || event.type === "refund",
      )
    : [];
  events.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
  if (events.length === 0)
    return (
      <Empty>
        {category === null
          ? "Nothing is kept of this shopper."
          : `Nothing is kept of this shopper in ${name(category)}.`}
      </Empty>
    );
  const shown = all ? events : events.slice(0, kShown);
  return (
    <>
      <ol class="timeline">
        {shown.map((event, at) => (
          <li key={`${event.time} ${event.type} ${event.product_id ?? ""} ${at}`} class={`event is-${event.type}`}>
            <span class="event-what">
              <strong>{kEventWords[event.type]}</strong> {what(event)}
              {category === null && event.category_id !== undefined && (
                <span class="hint"> in {name(event.category_id)}</span>
              )}
            </span>
            <span class="event-when">
              <Time at={event.time} ago />
            </span>
          </li>
        ))}
      </ol>
      {events.length > shown.length && (
        <button onClick={() => setAll(true)}>Show all {plural(events.length, "event")}</button>
      )}
    </>
  );
}

function what(event: KeptEvent): string {
  return event.title ?? event.product_id ?? (event.type === "refund" ? "an order" : "the category");
}
