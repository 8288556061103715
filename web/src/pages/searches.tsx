// The newest searches of shoppers who have not bought in that category since.
import type { Search, Searches } from "../api";
import { useAnswer } from "../live";
import { Card, CategorySelect, Empty, Page, RowsSelect, rowsOf, Shown, Time, useCategories } from "../parts";
import { setQuery, shopperAddress } from "../router";
import { kEventWords } from "../words";

const kEvery = 2000; // ms
const kLimits = ["50", "100", "200"];

export function SearchTable({ searches, short = false }: { searches: Search[]; short?: boolean }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Searches">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Shopper</th>
            <th scope="col">{short ? "Category" : "What"}</th>
            {!short && <th scope="col">Category</th>}
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {searches.map((search, at) => (
            <tr key={`${search.user_id} ${search.time} ${search.product_id ?? ""} ${at}`}>
              <td>
                <a href={shopperAddress(search.user_id)}>{search.user_name ?? search.user_id}</a>
                {search.user_name && <span class="id">{search.user_id}</span>}
              </td>
              {!short && (
                <td>
                  {kEventWords[search.type] ?? search.type} {search.title ?? search.product_id ?? "the category"}
                </td>
              )}
              <td>
                <a href={shopperAddress(search.user_id, search.category_id)}>
                  {search.category_name ?? search.category_id}
                </a>
              </td>
              <td class="nowrap">
                <Time at={search.time} ago />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function SearchesPage({ query }: { query: URLSearchParams }) {
  const category = query.get("category") ?? "";
  const limit = rowsOf(query, kLimits);
  const { name } = useCategories();
  const parameters = new URLSearchParams({ limit, ...(category ? { category } : {}) });
  const answer = useAnswer<Searches>(`/v1/searches?${parameters}`, kEvery);
  return (
    <Page
      title="Newest searches"
      lead="Of shoppers who have bought nothing in that category since: those an advertisement can still reach."
    >
      <Card>
        <div class="row">
          <CategorySelect value={category} all="Every category" onChange={(id) => setQuery({ category: id || null })} />
          <RowsSelect value={limit} limits={kLimits} />
        </div>
        <Shown answer={answer} what="the newest searches">
          {(data) =>
            data.searches.length > 0 ? (
              <SearchTable searches={data.searches} />
            ) : (
              <Empty>
                {category
                  ? `No search in ${name(category)} waits for a purchase: nobody searched there, or everybody bought.`
                  : "Nobody has searched yet. Searches show up here as their events come in."}
              </Empty>
            )
          }
        </Shown>
      </Card>
    </Page>
  );
}
