// Where the server asks for a key: the key goes to the server once, which keeps it in a cookie that no script reads.
import { useState } from "preact/hooks";
import { ask, Problem, type Session } from "../api";
import { setGone, told, useAnswer } from "../live";
import { Field, Page, sentence, Shown } from "../parts";
import { go, ownAddress } from "../router";

export function SignInPage({ query }: { query: URLSearchParams }) {
  const session = useAnswer<Session>("/v1/session");
  const back = ownAddress(query.get("back"));
  return (
    <Page title="Sign in" lead="This server asks for a key.">
      <section class="card narrow">
        <Shown answer={session} what="the session">
          {(data) =>
            data.keys ? (
              <SignIn back={back} name={data.name} />
            ) : (
              <p>
                This server asks for no key. <a href={back}>Go on</a>
              </p>
            )
          }
        </Shown>
      </section>
    </Page>
  );
}

function SignIn({ back, name }: { back: string; name: string | undefined }) {
  const [key, setKey] = useState("");
  const [mistake, setMistake] = useState<string>();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (key.trim() === "") return setMistake("Give a key.");
    try {
      await ask("/v1/session", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ key: key.trim() }),
      });
      setGone(false);
      location.assign(back);
    } catch (error) {
      if (error instanceof Problem && error.status === 401)
        return setMistake("No key is this. Keys are given out by who runs the server: adirect admin key new.");
      const problem = told(error);
      setMistake(problem ? sentence(problem) : "The server does not answer; what you typed stays here.");
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      {name && (
        <p>
          You are signed in as <strong>{name}</strong>.
        </p>
      )}
      <Field
        label="Key"
        mistake={mistake}
        hint="It goes to this server only, which keeps it in a cookie that ends with the browser."
      >
        {(attributes) => (
          <input
            {...attributes}
            type="password"
            value={key}
            autocomplete="current-password"
            onInput={(event) => {
              setKey(event.currentTarget.value);
              setMistake(undefined);
            }}
          />
        )}
      </Field>
      <button class="primary">Sign in</button>
    </form>
  );
}

// In the head of every page, where the server asks for keys.
export function SignedIn({ session }: { session: Session | null }) {
  if (!session?.keys) return null;
  const out = async () => {
    await ask("/v1/session", { method: "DELETE" }).catch(() => undefined);
    go("/sign-in");
    location.reload();
  };
  return (
    <div class="session">
      {session.roles.length > 0 ? (
        <>
          <span title={`roles: ${session.roles.join(", ")}`}>{session.name}</span>
          <button class="quiet" onClick={() => void out()}>
            Sign out
          </button>
        </>
      ) : (
        <a href={`/sign-in?back=${encodeURIComponent(location.pathname + location.search)}`}>Sign in</a>
      )}
    </div>
  );
}
