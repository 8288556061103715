// The pipeline's picture, live, and what it makes: the audience over time, events a second, purchases suppressed.
import { useMemo, useState } from "preact/hooks";
import type { History, Search, Searches, Stage, Stats } from "../api";
import { LineChart } from "../chart";
import { bytes, count, plural, rate, span } from "../format";
import { setServerTime, useAnswer, useStream } from "../live";
import { Card, Empty, Loading, Page, Shown, Time } from "../parts";
import { ShopperForm } from "./shopper-form";
import { SearchTable } from "./searches";

const kNewest = 8; // shoppers shown

const kStageWords: Record<Stage["state"], string> = {
  ok: "Healthy",
  waiting: "Waiting",
  failed: "Failed",
  off: "Not used",
};
const kStageRoles: Record<string, string> = {
  source: "where events come from",
  engine: "decides who is targeted",
  archive: "keeps every event as files",
  store: "keeps the state on disk",
};

export function useStats(): Stats | null {
  const [stats, setStats] = useState<Stats | null>(null);
  useStream("/v1/stream", {
    stats: (data) => {
      const told = JSON.parse(data) as Stats;
      setServerTime(told.as_of);
      setStats(told);
    },
  });
  return stats;
}

export function Home() {
  const stats = useStats();
  const history = useAnswer<History>("/v1/stats/history?points=360", 10_000);
  const newest = useAnswer<Searches>("/v1/searches?limit=200", 3000);
  return (
    <Page title="Overview" lead="Who keeps searching and has not bought, from the event to the advertisement.">
      {stats ? <Picture stats={stats} /> : !history.problem && <Loading what="the pipeline" />}
      {stats && <Figures stats={stats} />}
      <Shown answer={history} what="the charts">
        {(data) => <Charts history={data} />}
      </Shown>
      <div class="columns">
        <Card title="Searching right now" note={<a href="/searches">All newest searches</a>}>
          <p class="hint">Open one and follow the shopper: search, recommendation, purchase, silence.</p>
          <Shown answer={newest} what="the newest searches">
            {(data) =>
              data.searches.length > 0 ? (
                <SearchTable searches={onePerPair(data.searches)} short />
              ) : (
                <Empty>Nobody has searched yet. Searches show up here as their events come in.</Empty>
              )
            }
          </Shown>
        </Card>
        <Card title="Look a shopper up">
          <ShopperForm />
        </Card>
      </div>
    </Page>
  );
}

function Picture({ stats }: { stats: Stats }) {
  return (
    <section class="card pipeline" aria-label="The pipeline">
      <ol>
        {stats.stages.map((stage) => (
          <li key={stage.name} class={`stage is-${stage.state}`} data-stage={stage.name}>
            <div class="stage-name">
              <span class="dot" aria-hidden="true" />
              <h2>{stage.name.charAt(0).toUpperCase() + stage.name.slice(1)}</h2>
              {stage.label.toLowerCase() !== stage.name && <span class="stage-label">{stage.label}</span>}
            </div>
            <p class="stage-role">{kStageRoles[stage.name]}</p>
            {stage.state !== "off" && (
              <p class="stage-rate">
                <strong>{rate(stage.rate)}</strong> {stage.name === "engine" ? "answers" : "events"} a second
              </p>
            )}
            <p class="stage-state">
              {kStageWords[stage.state]}
              {stage.state !== "off" && stage.lag_seconds !== null && ` · ${lag(stage.name, stage.lag_seconds)}`}
            </p>
            <p class="stage-detail">{stage.detail.charAt(0).toUpperCase() + stage.detail.slice(1)}.</p>
          </li>
        ))}
      </ol>
      <p class="hint">
        adirect {stats.version} · as of <Time at={stats.as_of} /> · {bytes(stats.memory_bytes)}
        {stats.memory_limit_bytes ? ` of ${bytes(stats.memory_limit_bytes)}` : ""} of memory
      </p>
    </section>
  );
}

// The newest search of each shopper and category.
function onePerPair(searches: Search[]): Search[] {
  const pairs = new Map<string, Search>();
  for (const search of searches) {
    const pair = JSON.stringify([search.user_id, search.category_id]);
    if (!pairs.has(pair)) pairs.set(pair, search);
  }
  return [...pairs.values()].slice(0, kNewest);
}

// What has not been worked off yet; of the store, how old what a restart begins with is.
function lag(stage: string, seconds: number): string {
  if (stage === "store") return `saved ${span(seconds * 1000)} ago`;
  return seconds < 1 ? "no lag" : `${span(seconds * 1000)} behind`;
}

function Figures({ stats }: { stats: Stats }) {
  const audience = stats.audience.default;
  const quarantined = Object.values(stats.quarantined).reduce((sum, n) => sum + n, 0);
  return (
    <dl class="figures">
      <Figure
        name="Shoppers targeted"
        value={audience ? count(audience.users) : "–"}
        note={<a href="/audience">See the audience</a>}
      />
      <Figure
        name="Suppressed by a purchase"
        value={audience ? count(audience.suppressed) : "–"}
        note="pairs that a purchase keeps out"
      />
      <Figure
        name="Shoppers known"
        value={count(stats.shoppers)}
        note={`${plural(stats.accepted, "event")} since the start`}
      />
      <Figure name="In quarantine" value={count(quarantined)} note={<a href="/quality">See why</a>} />
    </dl>
  );
}

function Figure({ name, value, note }: { name: string; value: string; note: preact.ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class="value">{value}</span>
        <span class="hint">{note}</span>
      </dd>
    </div>
  );
}

function Charts({ history }: { history: History }) {
  const lines = useMemo(() => {
    const times = history.points.map((point) => Date.parse(point.time) / 1000);
    return {
      times,
      targeted: history.points.map((point) => point.targeted),
      events: history.points.map((point) => point.accepted_per_second),
      suppressed: history.points.map((point) => point.suppressed),
    };
  }, [history]);
  const empty = `A point comes every ${history.every_seconds} seconds; the line begins with the second one.`;
  return (
    <div class="charts">
      <LineChart title="Audience" unit="pairs" times={lines.times} values={lines.targeted} empty={empty} />
      <LineChart title="Events" unit="a second" times={lines.times} values={lines.events} empty={empty} />
      <LineChart
        title="Suppressed by a purchase"
        unit="pairs"
        times={lines.times}
        values={lines.suppressed}
        empty={empty}
      />
    </div>
  );
}
