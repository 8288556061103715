// Who is asked for: an id, and perhaps one category.
import { useEffect, useState } from "preact/hooks";
import { CategorySelect, Field, Page } from "../parts";
import { go, isReachable, shopperAddress } from "../router";

export function ShopperForm({ id: given = "", category: chosen = "" }: { id?: string; category?: string }) {
  const [id, setId] = useState(given);
  const [category, setCategory] = useState(chosen);
  const [mistake, setMistake] = useState<string>();
  const submit = (event: Event) => {
    event.preventDefault();
    if (id === "") return setMistake("Give the id of a shopper.");
    if (!isReachable(id) || (category && !isReachable(category)))
      return setMistake(`A browser cannot ask for “${id}”: it reads it as a folder. The API's other clients can.`);
    go(shopperAddress(id, category));
  };
  return (
    <form class="row" onSubmit={submit} action="/user" method="get">
      <Field label="Shopper's id" mistake={mistake}>
        {(attributes) => (
          <input
            {...attributes}
            name="id"
            value={id}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={(event) => {
              setId(event.currentTarget.value);
              setMistake(undefined);
            }}
          />
        )}
      </Field>
      <CategorySelect value={category} all="Every category" onChange={setCategory} />
      <button type="submit" class="primary">
        Look up
      </button>
    </form>
  );
}

// /user?id=… leads to the shopper, as a form without JavaScript would ask.
export function ShopperFormPage({ query }: { query: URLSearchParams }) {
  const id = query.get("id") ?? "";
  useEffect(() => {
    if (id !== "" && isReachable(id)) go(shopperAddress(id, query.get("category")), "replace");
  }, [id]);
  return (
    <Page title="One shopper" lead="What a shopper searched and bought, what to show now, and why or why not.">
      <section class="card">
        <ShopperForm id={id} />
        <p class="hint">
          Ids are as the shop sends them, letter by letter. Someone known by an anonymous id is <code>anon:</code> and
          that id. No id at hand? Take one from the <a href="/searches">newest searches</a> or the{" "}
          <a href="/audience">audience</a>.
        </p>
      </section>
    </Page>
  );
}
