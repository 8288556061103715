// The most purchased products of a category within a window, beside the window before.
import { useEffect } from "preact/hooks";
import type { Popular } from "../api";
import { count } from "../format";
import { useAnswer } from "../live";
import { Card, CategorySelect, Empty, Field, Page, Picture, RowsSelect, rowsOf, Shown, useCategories } from "../parts";
import { address, go, isReachable, setQuery } from "../router";
import { kForever, kWindows, trendOf, windowOf } from "../trend";

const kEvery = 10_000; // ms
const kMost = 1000; // rows that the API gives
const kLimits = ["20", "50", "100"];

export function ProductsForm({ query }: { query: URLSearchParams }) {
  const category = query.get("category");
  useEffect(() => {
    if (category && isReachable(category)) go(address(["products", category]), "replace");
  }, [category]);
  const { known, loaded } = useCategories();
  return (
    <Page title="Popular products" lead="What is bought most in a category: the second half of every recommendation.">
      <Card title="Choose a category">
        {loaded && known.length === 0 ? (
          <Empty>There are no events yet, so there is no category.</Empty>
        ) : (
          <ul class="tiles">
            {known.map((one) => (
              <li key={one.category_id}>
                <a href={address(["products", one.category_id])}>
                  {one.name ?? one.category_id}
                  {one.name && <span class="id">{one.category_id}</span>}
                </a>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}

export function ProductsPage({ category, query }: { category: string; query: URLSearchParams }) {
  const { name, known, loaded } = useCategories();
  const window = windowOf(query.get("window"));
  const limit = rowsOf(query, kLimits);
  const base = `/v1/categories/${encodeURIComponent(category)}/popular`;
  const now = useAnswer<Popular>(`${base}?window=${window}&limit=${limit}`, kEvery);
  const twice = useAnswer<Popular>(
    window === kForever ? null : `${base}?window=${2 * Number.parseInt(window)}d&limit=${kMost}`,
    kEvery,
  );
  const unknown = loaded && !known.some((one) => one.category_id === category);
  return (
    <Page
      title={`Popular in ${name(category)}`}
      lead="Purchases that stand, counted by product; a refund takes its purchase out."
    >
      <Card>
        <div class="row">
          <CategorySelect
            value={category}
            all="Choose a category"
            onChange={(id) => go(address(id ? ["products", id] : ["products"], { window: query.get("window") }))}
          />
          <Field label="Bought within">
            {(attributes) => (
              <select
                {...attributes}
                value={window}
                onChange={(event) => setQuery({ window: event.currentTarget.value })}
              >
                {[...new Set([...kWindows, window])].map((one) => (
                  <option key={one} value={one}>
                    {one === kForever ? "all time" : one === "1d" ? "today" : `${Number.parseInt(one)} days`}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <RowsSelect value={limit} limits={kLimits} />
        </div>
        <Shown answer={now} what="the products">
          {(data) =>
            data.products.length === 0 ? (
              <Empty>
                {unknown
                  ? `No event names a category “${category}”.`
                  : `Nothing was bought in ${name(category)} in this time.`}
              </Empty>
            ) : (
              <Table popular={data} twice={twice.data} window={window} />
            )
          }
        </Shown>
      </Card>
    </Page>
  );
}

function Table({ popular, twice, window }: { popular: Popular; twice: Popular | null; window: string }) {
  const most = popular.products[0]?.purchases ?? 1;
  const compared = window !== kForever;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Products">
      <table class="list">
        <thead>
          <tr>
            <th scope="col" class="number">
              Rank
            </th>
            <th scope="col" class="wide">
              Product
            </th>
            <th scope="col" class="number">
              Purchases
            </th>
            {compared && (
              <th scope="col">Against the {window === "1d" ? "day" : `${Number.parseInt(window)} days`} before</th>
            )}
          </tr>
        </thead>
        <tbody>
          {popular.products.map((one) => {
            const title = one.title ?? one.product_id;
            const trend = trendOf(one, twice, kMost);
            return (
              <tr key={one.product_id}>
                <td class="number">{one.rank}</td>
                <td>
                  <span class="with-picture">
                    <Picture title={title} />
                    <span class="product">
                      <span class="title">{title}</span>
                      {title !== one.product_id && <code class="hint">{one.product_id}</code>}
                    </span>
                  </span>
                </td>
                <td class="number">
                  {count(one.purchases)}
                  <meter min={0} max={most} value={one.purchases} aria-hidden="true" />
                </td>
                {compared && <td class={`trend is-${trend?.direction ?? "none"}`}>{trend?.text ?? "…"}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
