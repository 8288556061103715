// The frame around every page, and which page an address shows.
import type { Session } from "./api";
import { useAnswer, useGone } from "./live";
import { AudiencePage } from "./pages/audience";
import { Home } from "./pages/home";
import { PoliciesPage } from "./pages/policies";
import { ProductsForm, ProductsPage } from "./pages/products";
import { QualityPage } from "./pages/quality";
import { SearchesPage } from "./pages/searches";
import { ShopperPage } from "./pages/shopper";
import { ShopperFormPage } from "./pages/shopper-form";
import { SignedIn, SignInPage } from "./pages/sign-in";
import { Empty, Page } from "./parts";
import { type Address, useAddress } from "./router";

const kNav: [string, string][] = [
  ["", "Overview"],
  ["searches", "Searches"],
  ["user", "Shopper"],
  ["products", "Products"],
  ["audience", "Audience"],
  ["policies", "Policies"],
  ["quality", "Quality"],
];

export function App() {
  const here = useAddress();
  const gone = useGone();
  const session = useAnswer<Session>("/v1/session");
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <img src="/favicon.svg" alt="" width={24} height={24} />
          adirect
        </a>
        <nav aria-label="Pages">
          {kNav.map(([path, title]) => (
            <a key={path} href={`/${path}`} aria-current={(here.segments[0] ?? "") === path ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <SignedIn session={session.data} />
      </header>
      <div role="status" class={gone ? "gone" : "gone hidden"}>
        {gone && "The server is gone, trying again … What you see is from before."}
      </div>
      <PageAt here={here} />
    </>
  );
}

function PageAt({ here: { segments, query } }: { here: Address }) {
  const [page, id, category, ...more] = segments;
  if (more.length === 0 && page === "user" && id !== undefined)
    return <ShopperPage id={id} category={category ?? null} query={query} />;
  if (category === undefined && page === "products" && id !== undefined)
    return <ProductsPage category={id} query={query} />;
  if (id === undefined) {
    if (page === undefined) return <Home />;
    if (page === "searches") return <SearchesPage query={query} />;
    if (page === "user") return <ShopperFormPage query={query} />;
    if (page === "products") return <ProductsForm query={query} />;
    if (page === "audience") return <AudiencePage query={query} />;
    if (page === "policies") return <PoliciesPage query={query} />;
    if (page === "quality") return <QualityPage query={query} />;
    if (page === "sign-in") return <SignInPage query={query} />;
  }
  return (
    <Page title="Nothing here">
      <Empty>
        There is no page at this address. The <a href="/">overview</a> leads to all there are.
      </Empty>
    </Page>
  );
}
