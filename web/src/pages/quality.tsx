// What came in and is no event: by reason with samples; what was ignored, what came again.
import type { Quarantine } from "../api";
import { count, percent } from "../format";
import { useAnswer } from "../live";
import { Card, Empty, Page, Shown, Time } from "../parts";
import { setQuery } from "../router";
import { kRejects } from "../words";

const kEvery = 5000; // ms

export function QualityPage({ query }: { query: URLSearchParams }) {
  const answer = useAnswer<Quarantine>("/v1/quarantine?limit=20", kEvery);
  return (
    <Page title="Quality" lead="What came in and is no event. Nothing of it is lost, and nothing of it stops the rest.">
      <Shown answer={answer} what="the quarantine">
        {(data) => <Reasons quarantine={data} open={query.get("reason")} />}
      </Shown>
    </Page>
  );
}

function Reasons({ quarantine, open }: { quarantine: Quarantine; open: string | null }) {
  const total = quarantine.reasons.reduce((sum, one) => sum + one.count, 0);
  return (
    <>
      <dl class="figures">
        <div class="figure">
          <dt>In quarantine</dt>
          <dd>
            <span class="value">{count(total)}</span>
            <span class="hint">
              since <Time at={quarantine.since} />
            </span>
          </dd>
        </div>
        <div class="figure">
          <dt>Ignored</dt>
          <dd>
            <span class="value">{count(quarantine.ignored)}</span>
            <span class="hint">of a kind that the format leaves out</span>
          </dd>
        </div>
        <div class="figure">
          <dt>Came again</dt>
          <dd>
            <span class="value">{count(quarantine.duplicates)}</span>
            <span class="hint">repeats, as far as they were recognised; they change nothing</span>
          </dd>
        </div>
      </dl>
      {quarantine.reasons.length === 0 ? (
        <Card>
          <Empty>Nothing is in quarantine: every row that came was an event.</Empty>
        </Card>
      ) : (
        <ul class="reasons">
          {quarantine.reasons.map((one) => (
            <Reason key={one.reason} reason={one} share={one.count / total} open={open === one.reason} />
          ))}
        </ul>
      )}
    </>
  );
}

function Reason({ reason, share, open }: { reason: Quarantine["reasons"][number]; share: number; open: boolean }) {
  return (
    <li class="card reason" data-reason={reason.reason}>
      <div class="card-head">
        <h2>
          <code>{reason.reason}</code>
        </h2>
        <div class="note">
          <strong>{count(reason.count)}</strong> · {percent(share)}
        </div>
      </div>
      <p>{kRejects[reason.reason] ?? "This row is no event."}</p>
      {reason.samples.length > 0 && (
        <>
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setQuery({ reason: open ? null : reason.reason }, "replace")}
          >
            {open
              ? "Hide samples"
              : `Show ${reason.samples.length === 1 ? "the sample" : `${reason.samples.length} samples`}`}
          </button>
          {open && (
            <ul class="samples">
              {reason.samples.map((sample, at) => (
                <li key={at}>
                  <span class="hint">
                    <Time at={sample.time} /> · {sample.source} · {sample.position}
                  </span>
                  <pre>{sample.line}</pre>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </li>
  );
}
